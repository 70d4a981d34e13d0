# SPDX-License-Identifier: Apache-2.0
"""Hand-written designs for the bench, and the short way from words to an outcome."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from sim.fast import Job, from_integers, write_words
from sim.manifest import Clock, Manifest, Port, Reset, file_entries, read_manifest, write_manifest

HERE = Path(__file__).parent / "rtl"
PRIMITIVES = Path(__file__).parents[2] / "hls_templates" / "rtl"


def port(name: str, direction: Literal["in", "out"], bits: int) -> Port:
    return Port(name, direction, bits)


def describe(
    folder: Path, top: str, files: Sequence[Path], ports: Sequence[Port], reset: Reset | None = None
) -> Manifest:
    """Copy a design's files beside a manifest and read that back."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        if path.parent != folder:
            shutil.copy(path, folder)
    names = [path.name for path in files]
    manifest = Manifest(folder, top, Clock(), reset or Reset(), tuple(ports), (), (), file_entries(folder, names))
    return read_manifest(write_manifest(manifest))


def job(manifest: Manifest, index: int, words: Mapping[str, Sequence[int]], **options: object) -> Job:
    """Write the words of every port and return the job that plays them."""
    folder = manifest.root / f"job{len(list(manifest.root.glob('job*')))}"
    folder.mkdir()
    for name, values in words.items():
        write_words(folder / f"{name}.words", from_integers(values, manifest.port(name).bits))
    files = {name: folder / f"{name}.words" for name in words}
    return Job(index, manifest.root, files, **options)  # type: ignore[arg-type]
