# SPDX-License-Identifier: Apache-2.0
"""Folders as they are exported, small enough for a test, and the driver loaded from them."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from codesign import package
from codesign.package.board import write_board
from codesign.package.facts import BoardFacts, PortTensor
from codesign.target import load_target
from quant.numerics import IntArray
from sim.manifest import Clock, Manifest, Port, Reset

DRIVER = Path(package.__file__).parent / "driver"
HASH = "00112233445566778899aabbccddeeff" * 2


def design(root: Path, *ports: Port) -> Manifest:
    """A manifest with nothing but ports."""
    return Manifest(root, "net", Clock(period_ns=8.0), Reset(), ports, (), (), ())


def facts(
    tensors: dict[str, PortTensor],
    samples: dict[str, IntArray],
    classes: tuple[str, ...] = (),
    target: str = "pynq-z2",
) -> BoardFacts:
    return BoardFacts("net", load_target(target), HASH, tensors, samples, classes)


def export_board(folder: Path, manifest: Manifest, known: BoardFacts) -> Path:
    """Write the board folder and return it."""
    write_board(folder, manifest, known)
    return folder / "board"


@cache
def ports_module() -> ModuleType:
    """The driver's file that needs no `pynq`."""
    import_name = "driver_ports"
    spec = importlib.util.spec_from_file_location(import_name, DRIVER / "ports.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[import_name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def driver(board: Path) -> Iterator[ModuleType]:
    """The package `accelerator` of a board folder, as it is imported there."""
    place = board / "accelerator" / "__init__.py"
    spec = importlib.util.spec_from_file_location("accelerator", place, submodule_search_locations=[str(place.parent)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["accelerator"] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "accelerator"]:
            del sys.modules[name]
