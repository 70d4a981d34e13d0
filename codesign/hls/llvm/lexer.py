# SPDX-License-Identifier: Apache-2.0
"""Words of LLVM text, and a cursor over them that fails on anything unexpected."""

import re

_WORD = re.compile(
    r'[%@]"[^"]*"|[%@][\w.$-]+'  # names
    r'|c"[^"]*"|"[^"]*"'  # strings; a quote inside is written \22
    r"|![\w.]+|!\{|#\d+"  # metadata and attribute groups
    r"|-?\d+(?![\w.])|[\w.$-]+"  # numbers and keywords
    r"|\.\.\.|[\[\](){}<>,=*:|]"
)


class NotUnderstood(Exception):
    """The text is outside what the importer knows; the caller adds the user's line."""


class Cursor:
    """A position in the words of one line."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.words: list[str] = _WORD.findall(line)
        self.at = 0
        if _WORD.sub("", line).strip():
            raise NotUnderstood(f"characters in '{line.strip()}'")

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def next(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def accept(self, word: str) -> bool:
        if self.peek() != word:
            return False
        self.at += 1
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise NotUnderstood(f"'{self.peek()}' where '{word}' should stand in '{self.line.strip()}'")

    def skip(self, flags: frozenset[str]) -> None:
        while self.peek() in flags:
            self.at += 1

    def integer(self) -> int:
        word = self.next()
        if not re.fullmatch(r"-?\d+", word):
            raise NotUnderstood(f"'{word}' where a number should stand in '{self.line.strip()}'")
        return int(word)

    def name(self, sigil: str) -> str:
        """Read `%name` or `@name`, quotes removed."""
        word = self.next()
        if not word.startswith(sigil):
            raise NotUnderstood(f"'{word}' where a {sigil}name should stand in '{self.line.strip()}'")
        return word[1:].strip('"')

    def skip_group(self) -> None:
        """Skip a bracketed group, if one stands here."""
        if self.peek() != "(":
            return
        depth = 0
        while True:
            word = self.next()
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0:
                return
            if not word:
                raise NotUnderstood(f"an unclosed bracket in '{self.line.strip()}'")
