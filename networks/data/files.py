# SPDX-License-Identifier: Apache-2.0
"""Arrays kept on disk: written whole or not at all, read without pickle."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.errors import DataError


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a compressed .npz under a temporary name beside `path`, then move it into place."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        partial.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); name another folder") from error
    finally:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of a .npz file; a damaged or foreign file is refused by name."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        wanted = ", ".join(names)
        raise DataError(f"{path}: not a readable set of {wanted} ({error}); delete it to make it anew") from error
