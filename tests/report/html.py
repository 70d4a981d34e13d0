# SPDX-License-Identifier: Apache-2.0
"""A strict reading of a page: every element closed in its order, attributes once, text and attributes kept."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}
VERBATIM = {"style", "script"}


@dataclass
class Element:
    """An element with its children; strings among them are text."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str, cls: str | None = None) -> list["Element"]:
        """Return the elements below with this tag and, if given, this class."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                matches = child.tag == tag and (cls is None or cls in (child.attributes.get("class") or "").split())
                found += [child, *child.all(tag, cls)] if matches else child.all(tag, cls)
        return found

    def number(self, name: str) -> float:
        value = self.attributes[name]
        assert value is not None
        return float(value)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(text: str) -> Element:
    """Return the root of a page or of a picture; an AssertionError says what is not well-formed."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root
