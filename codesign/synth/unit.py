# SPDX-License-Identifier: Apache-2.0
"""What is mapped by itself: a module with the files that it needs, and a key that only those decide."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_MODULE = re.compile(r"^\s*module\s+(\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")
_STRING = re.compile(r'"([^"\n]+)"')


@dataclass(frozen=True)
class Unit:
    """`module` and its files; modules in `black_boxes` keep their ports alone."""

    module: str
    files: tuple[Path, ...]
    black_boxes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(path.stat().st_size for path in self.files)

    def key(self, *salt: str) -> str:
        """Return a SHA-256 of all that decides the result; comments and the module's own name do not."""
        digest = hashlib.sha256("\0".join((*salt, str(len(self.black_boxes)))).encode())
        for path in self.files:
            digest.update(self._content(path).replace(self.module, "\0").encode())
        return digest.hexdigest()

    def _content(self, path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        if not _is_source(path):
            return text
        text = without_comments(text)
        return _header(text) if set(_MODULE.findall(text)) & set(self.black_boxes) else text


def without_comments(text: str) -> str:
    """Take the comments out of SystemVerilog."""
    return _COMMENT.sub("", text)


def _header(text: str) -> str:
    """The text up to the end of the first list of ports."""
    return text.split(");", 1)[0]


def _is_source(path: Path) -> bool:
    return path.suffix in (".sv", ".v")


class Sources:
    """The files of a design, and which of them a module needs."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._texts = {path: without_comments(path.read_text(encoding="utf-8")) for path in files if _is_source(path)}
        self._owners: Mapping[str, Path] = {
            m: path for path, text in self._texts.items() for m in _MODULE.findall(text)
        }
        self._images = {path.name: path for path in files if not _is_source(path)}

    def __contains__(self, module: str) -> bool:
        return module in self._owners

    def unit(self, module: str, black_boxes: Sequence[str] = ()) -> Unit:
        """Return a module with what it instantiates and the memory images that it reads, in the design's order."""
        boxed = {self._owners[name] for name in black_boxes}
        needed: set[Path] = set()
        pending = [self._owners[module]]
        while pending:
            path = pending.pop()
            if path not in needed:
                needed.add(path)
                pending += self._modules_in(path) if path in boxed else self._modules_in(path) + self._images_in(path)
        return Unit(module, tuple(path for path in self._files if path in needed), tuple(sorted(set(black_boxes))))

    def _modules_in(self, path: Path) -> list[Path]:
        return [self._owners[word] for word in set(_WORD.findall(self._texts.get(path, ""))) & set(self._owners)]

    def _images_in(self, path: Path) -> list[Path]:
        return [self._images[name] for name in set(_STRING.findall(self._texts.get(path, ""))) & set(self._images)]
