# SPDX-License-Identifier: Apache-2.0
"""Output folders and caches: the only module that names paths.

An output folder appears whole or not at all: it is filled beside its place and moved there at the end.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codesign.errors import UsageError


@contextmanager
def atomic_folder(out: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a scratch folder that becomes `out` when the block ends well and vanishes when it does not.

    An existing `out` is refused unless `force`; then it is replaced only after the block succeeded.
    """
    if out.exists() and not force:
        raise UsageError(f"{out} exists: choose another --out, or pass --force to replace it")
    scratch = _scratch_beside(out)
    try:
        yield scratch
        _replace(scratch, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch_beside(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}; choose another --out") from error


def _replace(scratch: Path, out: Path) -> None:
    _open_up(scratch, 0o777)
    if not out.exists():
        scratch.rename(out)
        return
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    out.rename(old)
    scratch.rename(out)
    shutil.rmtree(old) if old.is_dir() else old.unlink()


def _open_up(scratch: Path, mode: int) -> None:
    """Give what tempfile made for one user alone the rights that any new file has."""
    umask = os.umask(0)
    os.umask(umask)
    scratch.chmod(mode & ~umask)


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is there whole or not at all; its folders are made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    scratch = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        _open_up(scratch, 0o666)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def cache_folder(name: str) -> Path:
    """Return (and make) the user's cache folder for `name`: $CODESIGN_CACHE, else $XDG_CACHE_HOME, else ~/.cache."""
    explicit = os.environ.get("CODESIGN_CACHE")
    base = Path(explicit) if explicit else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codesign"
    folder = base / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
