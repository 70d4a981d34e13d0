# SPDX-License-Identifier: Apache-2.0
"""Program text as a tree in which parts may be replaced by something simpler: what shrinking works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Tree:
    """Text in pieces; `instead` are simpler texts that are as legal in this place."""

    parts: tuple[str | Tree, ...]
    instead: tuple[str | Tree, ...] = ()

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    def simpler(self) -> Iterator[Tree]:
        """Yield this tree with one part replaced, greatest parts first."""
        yield from (other if isinstance(other, Tree) else Tree((other,)) for other in self.instead)
        for at, part in enumerate(self.parts):
            if isinstance(part, Tree):
                for smaller in part.simpler():
                    yield Tree((*self.parts[:at], smaller, *self.parts[at + 1 :]), self.instead)


def statement(*parts: str | Tree) -> Tree:
    """Text that may be left out."""
    return Tree(parts, ("",))


def lines(items: list[Tree]) -> Tree:
    """Statements one after the other."""
    return Tree(tuple(items))
