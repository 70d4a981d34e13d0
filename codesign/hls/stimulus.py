# SPDX-License-Identifier: Apache-2.0
"""What drives a kernel's inputs: any values, a range, or the integers of a `.npy` file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.errors import UsageError
from sim.fast import from_lanes, write_words
from sim.manifest import Manifest, Port


@dataclass(frozen=True)
class Drive:
    """How a kernel is exercised: `calls` of its top, or a test bench of the user's own with a `main`.

    RTL that moves no word on any port for `idle_limit` cycles counts as deadlocked.
    """

    calls: int = 1
    seed: int = 1
    stimulus: Mapping[str, Path] = field(default_factory=dict)
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    tb: Path | None = None
    idle_limit: int = 100_000

    def __post_init__(self) -> None:
        if self.calls < 1 or self.idle_limit < 1 or self.seed < 0:
            limits = f"calls {self.calls} and idle limit {self.idle_limit} must be 1 or more"
            raise UsageError(f"{limits}, seed {self.seed} 0 or more")
        if both := self.stimulus.keys() & self.ranges.keys():
            raise UsageError(f"port {min(both)} has a stimulus and a range: give one of them")
        if self.tb is not None and (self.stimulus or self.ranges):
            raise UsageError("the test bench sends the words: --stimulus and --range do not go with --tb")
        for path in (*self.stimulus.values(), *([self.tb] if self.tb else [])):
            if not path.is_file():
                raise UsageError(f"{path}: no such file")


def plan_stimuli(manifest: Manifest, drive: Drive, folder: Path) -> dict[str, str]:
    """Return what `sim/stimulus.hpp` reads for every input port; the words of files are written into `folder`."""
    inputs = {port.name: port for port in manifest.directed("in")}
    for name in (*drive.stimulus, *drive.ranges):
        if name not in inputs:
            raise UsageError(f"{manifest.top} has no input port '{name}'; it has {', '.join(inputs) or 'none'}")
    return {name: _plan(port, drive, folder) for name, port in inputs.items()}


def _plan(port: Port, drive: Drive, folder: Path) -> str:
    if (path := drive.stimulus.get(port.name)) is not None:
        words = folder / f"{port.name}.stimulus"
        write_words(words, from_lanes(_load(path, port), port.lanes, port.value_bits))
        return f"file {words}"
    if (limits := drive.ranges.get(port.name)) is not None:
        _check(port, *limits, f"--range {port.name}={limits[0]}:{limits[1]}")
        return f"range {limits[0]} {limits[1]}"
    return "any"


def _load(path: Path, port: Port) -> NDArray[np.integer]:
    try:
        values: NDArray[np.integer] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: not a .npy file: {error}") from error
    if values.dtype.kind not in "iub" or values.size == 0:
        raise UsageError(f"{path}: holds {values.dtype} {values.shape}; a stimulus is an array of integers")
    if values.size % port.lanes:
        raise UsageError(f"{path}: {values.size} values do not fill words of {port.lanes} lanes (port {port.name})")
    values = values.astype(np.uint8) if values.dtype.kind == "b" else values
    _check(port, int(values.min()), int(values.max()), str(path))
    return values


def _check(port: Port, low: int, high: int, where: str) -> None:
    least = -(1 << (port.value_bits - 1)) if port.signed else 0
    most = (1 << (port.value_bits - port.signed)) - 1
    if low > high:
        raise UsageError(f"{where}: the low end is above the high end")
    if low < least or high > most:
        raise UsageError(f"{where}: {low}..{high} is outside the port's values {least}..{most}")
    if low < -(1 << 63) or high > (1 << 63) - 1:
        raise UsageError(f"{where}: {low}..{high} does not fit 64 bits")
