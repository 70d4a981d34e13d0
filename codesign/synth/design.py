# SPDX-License-Identifier: Apache-2.0
"""The area of a compiled design: each distinct module mapped once, what is known taken from the cache, and summed."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from codesign.errors import UsageError
from codesign.synth.area import Area
from codesign.synth.mapping import map_units, recipe
from codesign.synth.unit import Sources, Unit
from codesign.target import Target
from codesign.toolchain.yosys import YOSYS
from codesign.workspace import cache_folder, write_whole
from sim.errors import SimError
from sim.manifest import Manifest, read_manifest

Progress = Callable[[int, int], None]  # units that are done, units in all
BATCH = 8  # modules in one run of Yosys: 5 s of CPU to read its libraries, 1 to 20 s for a module
BATCH_BYTES = 60_000  # a large module has a run of its own: what is done is in the cache
SHELL = "axi_top"  # what the board sees, around the top


@dataclass(frozen=True)
class ModuleArea:
    """The cells of one instance of `module`; `processes` are its instances, none for what lies between processes."""

    module: str
    area: Area
    instances: int
    processes: tuple[str, ...]


@dataclass(frozen=True)
class SynthReport:
    """What Yosys counts for a design; it is not what Vivado will count."""

    tool: str
    target: Target
    modules: tuple[ModuleArea, ...]
    mapped: int  # modules that were not in the cache

    @property
    def total(self) -> Area:
        """All instances together."""
        return sum((module.area * module.instances for module in self.modules), Area())

    @property
    def utilisation(self) -> dict[str, float]:
        """Share of the part, 1 is all of it."""
        total, part = self.total, self.target
        return {name: getattr(total, name) / getattr(part, name) for name in ("lut", "ff", "dsp", "bram36")}


def synthesise_design(
    folder: Path, target: Target, progress: Progress = lambda done, of: None, *, jobs: int = 1
) -> SynthReport:
    """Map the design in `folder`/rtl for the target's family, in `jobs` runs of Yosys at a time.

    Raise UsageError for a folder without a design or with a changed one, ToolFailed for what Yosys cannot map.
    """
    manifest = _manifest(folder)
    instances = Counter(process.module for process in manifest.processes)
    units = _units(manifest, tuple(instances))
    version = YOSYS.version()
    places = _places(units, version, target.family)
    pending = {places[unit.module]: unit for unit in units if not places[unit.module].is_file()}
    _fill_cache(pending, len(units), target.family, progress, jobs)
    modules = [
        ModuleArea(
            unit.module,
            Area.of(json.loads(places[unit.module].read_text(encoding="utf-8"))),
            instances.get(unit.module, 1),
            tuple(process.name for process in manifest.processes if process.module == unit.module),
        )
        for unit in units
    ]
    return SynthReport(" ".join(version.split()[:2]), target, tuple(modules), len(pending))


def _manifest(folder: Path) -> Manifest:
    path = folder / "rtl" / "manifest.json"
    if not path.is_file():
        raise UsageError(f"{folder}: no rtl/manifest.json; give a folder that codesign export or hls compile wrote")
    try:
        manifest = read_manifest(path)
        manifest.verify_files()
    except SimError as error:
        raise UsageError(str(error)) from error
    return manifest


def _units(manifest: Manifest, modules: tuple[str, ...]) -> list[Unit]:
    """Each process's module, what joins the processes, and what the board sees around that."""
    sources = Sources([manifest.root / file.path for file in manifest.files])
    shell = [sources.unit(SHELL, (manifest.top,))] if SHELL in sources else []
    return [*map(sources.unit, modules), sources.unit(manifest.top, modules), *shell]


def _places(units: Sequence[Unit], version: str, family: str) -> dict[str, Path]:
    """Where the cells of each module are kept; two modules that differ in name alone have one place."""
    cache = cache_folder("synth")
    return {unit.module: cache / f"{unit.key(version, *recipe(family))}.json" for unit in units}


def _fill_cache(pending: Mapping[Path, Unit], of: int, family: str, progress: Progress, jobs: int) -> None:
    done = of - len(pending)
    progress(done, of)
    batches = [*_batches(list(pending.items()))]
    with ThreadPoolExecutor(jobs) as pool:
        for batch, _ in zip(batches, pool.map(lambda batch: _map_batch(batch, family), batches), strict=True):
            done += len(batch)
            progress(done, of)


def _batches(pending: Sequence[tuple[Path, Unit]]) -> Iterator[Sequence[tuple[Path, Unit]]]:
    """Units with black boxes apart: in one run they would meet the modules that they leave out."""
    batch: list[tuple[Path, Unit]] = []
    size = 0
    for item in sorted(pending, key=lambda item: bool(item[1].black_boxes)):
        if batch and (len(batch) == BATCH or size + item[1].size > BATCH_BYTES or item[1].black_boxes):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item[1].size
    if batch:
        yield batch


def _map_batch(batch: Sequence[tuple[Path, Unit]], family: str) -> None:
    with tempfile.TemporaryDirectory(prefix="codesign-synth-") as work:
        cells = map_units([unit for _, unit in batch], Path(work), family=family)
    for (place, _), counts in zip(batch, cells, strict=True):
        write_whole(place, json.dumps(counts))
