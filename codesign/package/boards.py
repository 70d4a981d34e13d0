# SPDX-License-Identifier: Apache-2.0
"""What Vivado must be told of a board's processor; the names live in `boards.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from codesign.errors import UsageError
from codesign.target import Target


@dataclass(frozen=True)
class Processor:
    """The processing system beside the logic: its IP, and the names of what the overlay connects to."""

    ip: str
    automation: Mapping[str, str]
    clock: str
    reset: str
    control: str
    control_clock: str
    memory: str
    memory_clock: str
    control_base: int
    address_bits: int
    actual_mhz: str
    config: Mapping[str, str]


@dataclass(frozen=True)
class Board:
    """A board's processor, and the patterns of its Vivado board files in order of preference."""

    processor: Processor
    board_parts: tuple[str, ...]


def load_board(target: Target, clock_ns: float) -> Board:
    """Return what Vivado must know of `target`, its processor configured for a clock of `clock_ns`."""
    boards = _boards()
    if target.name not in boards:
        raise UsageError(
            f"target {target.name}: no block design for this board; there is one for {', '.join(sorted(boards))}"
        )
    board = boards[target.name]
    values = {"clock_mhz": f"{1000 / clock_ns:.6f}", "memory_bits": str(target.memory_port_bits)}
    config = {name: text.format(**values) for name, text in board.processor.config.items()}
    return replace(board, processor=replace(board.processor, config=config))


@cache
def _boards() -> dict[str, Board]:
    table = tomllib.loads((files("codesign") / "package" / "boards.toml").read_text(encoding="utf-8"))
    processors = {name: Processor(**fields) for name, fields in table["processors"].items()}
    return {
        name: Board(processors[board["processor"]], tuple(board["board_parts"]))
        for name, board in table["boards"].items()
    }
