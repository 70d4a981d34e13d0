# SPDX-License-Identifier: Apache-2.0
"""The folding of a sampled choice under a part's budget, by table: what codesign/fold/solver.py does, on rows.

For a number of cycles every layer takes its cheapest folding, then DSP blocks go where each saves most LUTs.
Converters and FIFOs between layers are counted as they come out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from codesign.fold.fewest import fewest
from codesign.fold.resources import Area, converter_area, fifo_area, process_area, total
from codesign.fold.solver import BUDGET
from codesign.search.table import (
    BRAM,
    CYCLES,
    DSP,
    FF,
    IN_LANES,
    LUT,
    OUT_BITS,
    OUT_LANES,
    PACKED,
    PACKED_SAVED,
    SAVED,
)
from codesign.target import Target

Array = npt.NDArray[np.float64]
FIFO_WORDS = 7  # the two promised and the producer's allowance


@dataclass(frozen=True)
class Folded:
    """A folding: which candidate each layer takes, its cycles a frame, and the share of each resource's budget."""

    chosen: tuple[int, ...]
    cycles: float
    lut: float
    ff: float
    dsp: float
    bram36: float
    share: float  # the worst of them, 1 is all of the budget


@dataclass(frozen=True)
class FoldingSolver:
    """Rows of the candidates of each layer [candidates, columns] -> (cycles a frame, share of the budget).

    `edges` are pairs of layers, writer and reader. Where even the slowest folding does not fit, the share is above 1.
    """

    target: Target
    edges: tuple[tuple[int, int], ...]

    def __call__(self, rows: Sequence[Array]) -> Array:
        """The fastest folding that fits."""
        found = self.fastest(rows)
        return np.array([found.cycles, found.share])

    def fits(self, rows: Sequence[Array], targets: Sequence[float]) -> bool:
        """Whether a folding of so many cycles takes so much of the budget or less."""
        cycles, share = targets
        found = self.folded(rows, cycles)
        return found.cycles <= cycles and found.share <= share

    def folded(self, rows: Sequence[Array], cycles: float) -> Folded:
        """The cheapest folding of so many cycles a frame."""
        table = np.stack(rows)
        return self.at(table, self._costs(table), cycles)

    def fastest(self, rows: Sequence[Array]) -> Folded:
        """The fewest cycles that fit, or the slowest folding where none does."""
        table = np.stack(rows)
        costs, cycles = self._costs(table), table[:, :, CYCLES]
        levels = np.unique(cycles[np.isfinite(cycles) & (cycles >= cycles.min(axis=1).max())])

        def attempt(level: float) -> Folded | None:
            found = self.at(table, costs, level)
            return found if found.share <= 1 else None

        return fewest(levels.tolist(), attempt) or self.at(table, costs, levels[-1])

    def _costs(self, table: Array) -> Array:
        """Shares of the part, as if products could still go either way."""
        lut = table[:, :, LUT] / self.target.lut / BUDGET["lut"]
        return np.asarray(lut + table[:, :, BRAM] / self.target.bram36 / BUDGET["bram36"])

    def at(self, table: Array, costs: Array, cycles: float) -> Folded:
        """The cheapest folding of so many cycles a frame (or each layer's fastest)."""
        limit = np.maximum(cycles, table[:, :, CYCLES].min(axis=1))[:, None]
        chosen = np.where(table[:, :, CYCLES] <= limit, costs, np.inf).argmin(axis=1)
        rows = table[np.arange(len(table)), chosen]
        dsp, saved = self._dsps(rows)
        between = self._between(rows)
        lut = float(rows[:, LUT].sum()) - saved + between.lut
        ff, bram = float(rows[:, FF].sum()) + between.ff, float(rows[:, BRAM].sum())
        used = {"lut": lut, "ff": ff, "dsp": dsp, "bram36": bram}
        share = max(amount / getattr(self.target, name) / BUDGET[name] for name, amount in used.items())
        return Folded(tuple(chosen.tolist()), float(rows[:, CYCLES].max()), lut, ff, dsp, bram, share)

    def _dsps(self, rows: Array) -> tuple[float, float]:
        """DSP blocks spent and LUTs saved by them."""
        left, saved, taken = self.target.dsp * BUDGET["dsp"], 0.0, set[int]()
        single, packed = ((rows[:, count], rows[:, gain]) for count, gain in ((DSP, SAVED), (PACKED, PACKED_SAVED)))
        offers = [(at, d, g) for counts, gains in (single, packed) for at, (d, g) in enumerate(zip(counts, gains))]  # noqa: B905
        for at, count, gain in sorted((o for o in offers if o[1] > 0), key=lambda o: -o[2] / o[1]):
            if at not in taken and count <= left:
                left, saved = left - float(count), saved + float(gain)
                taken.add(at)
        return self.target.dsp * BUDGET["dsp"] - left, saved

    def _between(self, rows: Array) -> Area:
        """The FIFO of each edge, and its converter with a second FIFO where lanes differ."""
        writers, readers = (rows[list(ends)] for ends in zip(*self.edges, strict=True))
        bits = writers[:, OUT_LANES] * writers[:, OUT_BITS]
        others = readers[:, IN_LANES] * writers[:, OUT_BITS]
        return total(map(_edge, bits.astype(int).tolist(), others.astype(int).tolist(), writers[:, CYCLES].tolist()))


@cache
def _edge(bits: int, other: int, cycles: float) -> Area:
    """Between a writer of words of `bits`, one frame in so many cycles, and a reader of words of `other`."""
    if bits == other:
        return fifo_area(FIFO_WORDS, bits)
    converter = process_area(max(cycles, 1.0), other) + converter_area(bits + other)
    return fifo_area(FIFO_WORDS, bits) + converter + fifo_area(FIFO_WORDS, other)
