# SPDX-License-Identifier: Apache-2.0
"""The area of a compiled design: each distinct module mapped once, what is known taken from the cache, and summed."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codesign.errors import UsageError
from codesign.synth.area import Area
from codesign.synth.mapping import map_units
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


def synthesise_design(folder: Path, target: Target, progress: Progress = lambda done, of: None) -> SynthReport:
    """Map the design in `folder`/rtl for the target's family; raise UsageError or ToolFailed."""
    manifest = _manifest(folder)
    sources = Sources([manifest.root / file.path for file in manifest.files])
    instances = Counter(process.module for process in manifest.processes)
    units = [sources.unit(module) for module in instances]
    units.append(sources.unit(manifest.top, tuple(instances)))
    if SHELL in sources:
        units.append(sources.unit(SHELL, (manifest.top,)))
    version = YOSYS.version()
    areas, mapped = _areas(units, version, target.family, progress)
    modules = [
        ModuleArea(
            unit.module,
            areas[unit.module],
            instances.get(unit.module, 1),
            tuple(process.name for process in manifest.processes if process.module == unit.module),
        )
        for unit in units
    ]
    return SynthReport(" ".join(version.split()[:2]), target, tuple(modules), mapped)


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


def _areas(units: Sequence[Unit], tool: str, family: str, progress: Progress) -> tuple[Mapping[str, Area], int]:
    cache = cache_folder("synth")
    places = {unit.module: cache / f"{unit.key(tool, family)}.json" for unit in units}
    pending = {places[unit.module]: unit for unit in units if not places[unit.module].is_file()}
    done = len(units) - len(pending)
    progress(done, len(units))
    for batch in _batches(list(pending.items())):
        _fill(batch, family)
        done += len(batch)
        progress(done, len(units))
    return {module: Area.of(json.loads(place.read_text("utf-8"))) for module, place in places.items()}, len(pending)


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


def _fill(batch: Sequence[tuple[Path, Unit]], family: str) -> None:
    with tempfile.TemporaryDirectory(prefix="codesign-synth-") as work:
        cells = map_units([unit for _, unit in batch], Path(work), family=family)
    for (place, _), counts in zip(batch, cells, strict=True):
        write_whole(place, json.dumps(counts))
