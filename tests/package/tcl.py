# SPDX-License-Identifier: Apache-2.0
"""Running Tcl where there is an interpreter, and reading it where there is none."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

STUBS = Path(__file__).parent
# argv is set as tclsh sets it; a script's `exit` ends the process
_RUNNER = """
import sys, tkinter
tcl = tkinter.Tcl()
tcl.createcommand("exit", lambda status="0": sys.exit(int(status)))
tcl.call("set", "argv", sys.argv[2:])
tcl.call("source", sys.argv[1])
"""


def interpreter() -> list[str]:
    """Return the command that runs a Tcl file: tclsh, else Python's own Tcl; skip the test where both are missing."""
    if program := shutil.which("tclsh"):
        return [program]
    if find_spec("_tkinter") is not None:
        return [sys.executable, "-c", _RUNNER]
    pytest.skip("no Tcl here: neither tclsh nor Python's tkinter is installed; the text was read by test_tcl_words")


def run_tcl(
    stub: str, words: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a stub of a vendor's tool with the words of its command line."""
    command = [*interpreter(), str(STUBS / stub), *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}, timeout=60
    )


class TclFault(Exception):
    """A text that Tcl would not take."""


def commands(text: str) -> Iterator[list[str]]:
    """Yield every command of a script as words, those in braces and brackets included (Tcl's own rules of words)."""
    for command in _commands(text):
        yield command
        for position in range(len(command)):
            yield from _inner(command, position)


def _inner(command: list[str], position: int) -> Iterator[list[str]]:
    """The commands inside a word: of a body in braces, and of brackets in text and in conditions."""
    name, word = command[0], command[position]
    last = position == len(command) - 1
    is_condition = name in ("expr", "while") or (name == "if" and command[position - 1] in ("if", "elseif"))
    is_body = name in ("if", "for", "while") or (name in ("proc", "foreach", "catch") and last)
    if not word.startswith("{") or is_condition or (name == "for" and position == 2):
        yield from _bracketed(word)
    elif is_body:
        yield from commands(word[1:-1])


def _bracketed(word: str) -> Iterator[list[str]]:
    at = 0
    while (start := word.find("[", at)) >= 0:
        if start and word[start - 1] == "\\":
            at = start + 1
            continue
        end = _matching(word, start, "[", "]")
        yield from commands(word[start + 1 : end])
        at = end + 1


def _commands(text: str) -> Iterator[list[str]]:
    at, words = 0, list[str]()
    text = re.sub(r"\\\n\s*", " ", text) + "\n"
    while at < len(text):
        if text[at] in "\n;":
            if words:
                yield words
            at, words = at + 1, []
        elif text[at].isspace():
            at += 1
        elif text[at] == "#" and not words:
            at = text.index("\n", at)
        else:
            end = _word_end(text, at)
            words.append(text[at:end])
            at = end


def _word_end(text: str, at: int) -> int:
    if text.startswith("{*}", at):
        at += 3
    if text[at] == "{":
        end = _matching(text, at, "{", "}") + 1
        if not text[end].isspace() and text[end] != ";":
            raise TclFault(f"text follows a closing brace: {text[at : end + 10]!r}")
        return end
    if text[at] == '"':
        end = re.compile(r'(?:[^"\\\[]|\\.|\[[^\]]*\])*"').match(text, at + 1)
        if end is None:
            raise TclFault(f"a quote is not closed: {text[at : at + 40]!r}")
        return end.end()
    while not text[at].isspace() and text[at] != ";":
        at = _matching(text, at, "[", "]") + 1 if text[at] == "[" else at + 1
    return at


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    depth = 0
    for position in range(at, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position
    raise TclFault(f"'{opening}' is not closed: {text[at : at + 40]!r}")
