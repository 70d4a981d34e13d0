# SPDX-License-Identifier: Apache-2.0
"""Golden vectors: one `.npy` for each tensor, integers [frames, ...] in the physical order of the stream's lanes."""

import re
from pathlib import Path

import numpy as np

from sim.errors import SimError
from sim.fast import Words, from_lanes
from sim.manifest import Port, Stream


def vector_name(stream: Port | Stream) -> str:
    """Return the file name of a stream's golden values: its tensor's name, or its own, made fit for a file."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", stream.tensor or stream.name) + ".npy"


def read_vectors(folder: Path, stream: Port | Stream, frames: int) -> Words:
    """Return the words of the first `frames` golden frames; raise SimError where there are not as many."""
    path = folder / vector_name(stream)
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SimError(f"{path}: cannot read the golden values of {stream.name}: {error}") from error
    if len(values) < frames:
        raise SimError(f"{path}: holds {len(values)} frames, {frames} are asked for")
    return from_lanes(values[:frames], stream.lanes, stream.value_bits)
