# SPDX-License-Identifier: Apache-2.0
"""The ROMs of kernels.cpp, and the matrices they mean."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent


def write_roms(folder: Path) -> Path:
    """Write seeded weights and tables into `folder`; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for name, lanes in (("yardstick", 32), ("wide", 256), ("widest", 1024)):
        np.save(folder / f"{name}_weights.npy", rng.integers(-7, 8, (16, lanes)))
    for name, shape in (("tap", (36, 4)), ("point", (16, 16))):
        np.save(folder / f"{name}_weights.npy", rng.integers(-7, 8, shape))
    multiplier, bias = rng.integers(1 << 15, 1 << 16, (4, 4)), rng.integers(0, 1 << 16, (4, 4))
    np.save(folder / "requantise_table.npy", multiplier << 16 | bias)
    for name, shape in (("column", (12, 12)), ("whole", (4, 36))):
        np.save(folder / f"{name}_weights.npy", rng.integers(-7, 8, shape))
    return folder


def matrix(rom: Path, *, in_folds: int, out_folds: int, simd: int, pe: int) -> NDArray[np.int64]:
    """Return the weights of a matrix-vector unit as (outputs, inputs); the ROM has a row for each pair of folds."""
    folds = np.load(rom).reshape(out_folds, in_folds, pe, simd)
    return folds.transpose(0, 2, 1, 3).reshape(out_folds * pe, in_folds * simd)
