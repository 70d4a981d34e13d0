# SPDX-License-Identifier: Apache-2.0
"""Where a C++ expression ends inside a pragma: `factor=PE*SIMD dim=1` has two."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"\s*[-+!~]")
_OPERAND = re.compile(r"\s*(?:::)?\w+(?:::\w+)*")
_BINARY = re.compile(r"\s*(?:<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^?:])")
_CLOSING = {"(": ")", "[": "]", "<": ">"}


def expression(text: str, at: int) -> tuple[str, int]:
    """Return the expression that begins at `at` ("" if none does) and where it ends."""
    end = _operand(text, at)
    while end is not None and (operator := _BINARY.match(text, end)):
        following = _operand(text, operator.end())
        if following is None:
            break
        end = following
    return (text[at:end].strip(), end) if end is not None else ("", at)


def _operand(text: str, at: int) -> int | None:
    while prefix := _PREFIX.match(text, at):
        at = prefix.end()
    while at < len(text) and text[at].isspace():
        at += 1
    if at < len(text) and text[at] == "(":
        return _trailer(text, _balanced(text, at))
    word = _OPERAND.match(text, at)
    return _trailer(text, word.end()) if word else None


def _trailer(text: str, at: int) -> int:
    """Step over template arguments, calls, subscripts and members that follow without a space."""
    while at < len(text):
        if text[at] in _CLOSING and not text.startswith(("<<", "<="), at):
            at = _balanced(text, at)
        elif member := re.compile(r"(?:::|\.)\w+").match(text, at):
            at = member.end()
        else:
            break
    return at


def _balanced(text: str, at: int) -> int:
    """Return the position after the bracket that closes the one at `at`, or the end of the text."""
    opening, closing, depth = text[at], _CLOSING[text[at]], 0
    for position in range(at, len(text)):
        depth += {opening: 1, closing: -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return len(text)
