# SPDX-License-Identifier: Apache-2.0
"""Folders that are filled once and kept."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cached_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return `folder`, filled the first time; it appears whole or not at all, for several processes too."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(scratch)
        _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _publish(scratch: Path, folder: Path) -> None:
    """Move the finished folder to its place; another process may have been first, with the same content."""
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
