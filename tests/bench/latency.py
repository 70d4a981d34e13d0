# SPDX-License-Identifier: Apache-2.0
"""The paper's latency study in RTL: one layer of 64 x 64 x 256 as a full, a depthwise and a deformable convolution.

Published figures: Huang et al., "CoDeNet", FPGA 2021, Table 2, without the last-level cache: whole calls on an Ultra96
at 250 MHz, frames in DRAM. Ours: cycles of the kernels alone, their inputs coming as fast as they are taken; every
output word is compared with numpy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.hls.compiler import compile_kernel
from codesign.hls.simulator import sim_tools
from codesign.report.charts.dots import dot_rows
from codesign.target import load_target
from sim.fast import Job, Outcome, build, from_lanes, run_jobs, write_words
from sim.manifest import Manifest, read_manifest

SOURCE, CHART = Path(__file__).with_suffix(".cpp"), Path("build/latency.svg")
SIDE, CHANNELS, LANES = 64, 256, 16
CLOCK_NS = 4.0  # the paper's
ANCHORS = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), -1).reshape(9, 2)
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Form:
    """One way to compute the layer: its top in latency.cpp, the products of a cycle, the published time in ms."""

    name: str
    top: str
    products: int
    published_ms: float
    defines: Mapping[str, str] = field(default_factory=dict)


FORMS = (
    Form("full 3x3", "full", 576, 43.1),
    Form("depthwise", "depthwise", 144, 1.9),
    Form("random, latency 32", "random_access", 16, 20.5, {"DRAM_LATENCY": "32"}),
    Form("random, latency 128", "random_access", 16, 20.5, {"DRAM_LATENCY": "128"}),
    Form("bounded", "bounded", 16, 3.0),
    Form("square, 3 taps", "square_column", 48, 2.1),
    Form("square, 9 taps", "square_whole", 144, 2.1),
)


@dataclass(frozen=True)
class Latency:
    """The cycles of a form, from its first input (of the random one: from the frame in memory) to its last output."""

    form: Form
    cycles: int

    @property
    def ms(self) -> float:
        """At the paper's clock."""
        return self.cycles * CLOCK_NS / 1e6


def latencies(work: Path, forms: Sequence[Form] = FORMS, side: int = SIDE) -> Iterator[Latency]:
    """Compile each form for side * side pixels and play one frame through it."""
    layer = Layer.drawn(np.random.default_rng(5), side)
    layer.write_roms(work)
    for at, form in enumerate(forms):
        out = work / str(at)
        design = _compiled(form, side, out, work)
        program = build([design], out / "simulator", sim_tools())
        (outcome,) = run_jobs(program, [Job(0, design.root, layer.words(form.top, out), plusargs=())])
        if not outcome.passed:
            raise RuntimeError(f"{form.name}: {outcome.status}, {outcome.message}")
        yield Latency(form, _cycles(form, outcome))


def chart(found: list[Latency]) -> str:
    """Ours beside the published ones, as SVG."""
    rows = {one.form.name: {"RTL": [one.ms], "published": [one.form.published_ms]} for one in found}
    return str(dot_rows(rows, "ms at 250 MHz", log=True))


def _compiled(form: Form, side: int, out: Path, roms: Path) -> Manifest:
    defines, target = {"SIDE": str(side), **form.defines}, load_target("ultra96")
    compile_kernel(SOURCE, form.top, include=[roms], defines=defines, target=target, clock_ns=CLOCK_NS, out=out)
    return read_manifest(out / "rtl" / "manifest.json")


def _cycles(form: Form, outcome: Outcome) -> int:
    ports = {port.name: port for port in outcome.ports}
    first = ports["in"].last_cycle if form.top == "random_access" else ports["in"].first_cycle
    last = ports["out"].last_cycle
    assert first is not None and last is not None
    return last - first + 1


@dataclass(frozen=True)
class Layer:
    """Integers of every form: image [y, x, channel], weights [tap, channel] and [out, tap, in], places of the taps."""

    image: Integers
    weight: Integers
    full_weight: Integers
    dilations: Integers  # [y, x]
    near: Integers  # [y, x, tap, 2] from the pixel
    far: Integers

    @classmethod
    def drawn(cls, rng: np.random.Generator, side: int) -> "Layer":
        """Draw all of them."""
        pixels = (side, side)
        return cls(
            rng.integers(0, 256, (*pixels, CHANNELS)),
            rng.integers(-7, 8, (9, CHANNELS)),
            rng.integers(-7, 8, (CHANNELS, 9, CHANNELS)),
            rng.integers(0, 8, pixels),
            rng.integers(-7, 8, (*pixels, 9, 2)),
            rng.integers(-side, side + 1, (*pixels, 9, 2)),
        )

    def write_roms(self, folder: Path) -> None:
        """The weights in the order of each kernel's rows."""
        folds = self.weight.reshape(9, -1, LANES)
        down = folds.reshape(3, 3, -1, LANES).transpose(2, 1, 0, 3)  # fold, kernel column, kernel row, lane
        full = self.full_weight.reshape(32, 8, 9, 32, 8).transpose(0, 3, 1, 2, 4)  # out, in fold; output, tap, input
        tables = {
            "full": full.reshape(1024, 576),
            "across": folds.transpose(1, 0, 2).reshape(-1, 9 * LANES),
            "down": down.reshape(-1, 9 * LANES),
            "column": down.reshape(-1, 3 * LANES),
            "tap": folds.reshape(-1, LANES),
        }
        for name, table in tables.items():
            np.save(folder / f"{name}.npy", table)

    def words(self, top: str, folder: Path) -> dict[str, Path]:
        """Write the words of a form's ports; return where."""
        lanes, bits = (8, 24) if top == "full" else (LANES, 16)
        ports = {"in": (self.image, lanes, 8), "out": (self._result(top), lanes, bits)}
        if top.startswith("square"):
            ports["dilations"] = (self.dilations, 1, 3)
        if top in ("bounded", "random_access"):
            ports["places"] = (self.near, 2, 4) if top == "bounded" else (self.far, 2, 8)
        for port, layout in ports.items():
            write_words(folder / f"{port}.words", from_lanes(*layout))
        return {port: folder / f"{port}.words" for port in ports}

    def _result(self, top: str) -> Integers:
        """The formula, which knows nothing of kernels: taps of the image wherever they are, zero outside it."""
        if top == "full":
            # sums below 2^53 are exact
            taps = self._taps(ANCHORS).reshape(*self.dilations.shape, -1).astype(np.float64)
            return (taps @ self.full_weight.reshape(CHANNELS, -1).T).astype(np.int64)
        squares = ANCHORS * self.dilations[..., None, None]
        places = {"depthwise": ANCHORS, "bounded": self.near, "random_access": self.far}.get(top, squares)
        return (self._taps(places) * self.weight).sum(2)

    def _taps(self, places: Integers) -> Integers:
        """[y, x, tap, channel] at places [y, x, tap, 2] or [tap, 2] from each pixel."""
        side = len(self.image)
        at = np.indices((side, side)).transpose(1, 2, 0)[:, :, None] + places
        inside = ((at >= 0) & (at < side)).all(-1)
        y, x = np.where(inside[..., None], at, 0).transpose(3, 0, 1, 2)
        return self.image[y, x] * inside[..., None]
