# SPDX-License-Identifier: Apache-2.0
"""What a choice costs: a table of each layer's cost in each format, and a solver that makes one vector of its rows.

Both are values: whoever knows hardware fills the table and brings the solver; the search looks up and compares.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from quant.errors import ConfigError
from quant.fliqs.policy import Choice
from quant.fliqs.space import Layer, Share, Slot, Space
from quant.numerics.formats import Format

Array = npt.NDArray[np.float64]
Solver = Callable[[Sequence[Array]], Array]  # one row an entry -> the cost vector
Fits = Callable[[Sequence[Array], Sequence[float]], bool]  # rows, targets -> whether they are met


@dataclass(frozen=True)
class Entry:
    """What one layer costs: `values`[option of each of `decisions`, ...]."""

    decisions: tuple[int, ...]
    values: Array


@dataclass(frozen=True)
class CostTable:
    """Costs of every choice of a space: `measures` names the vector's parts, `targets` bounds them (0: no bound).

    `fits` is for solvers that tell sooner whether targets are met than what a choice costs.
    """

    entries: tuple[Entry, ...]
    solve: Solver
    measures: tuple[str, ...]
    targets: tuple[float, ...]
    fits: Fits | None = None

    def cost(self, choice: Choice | Sequence[int]) -> Array:
        """The vector of a choice."""
        return self.solve(self.rows(choice))

    def rows(self, choice: Choice | Sequence[int]) -> list[Array]:
        """What the solver is given: each entry's row, or rows, at a choice."""
        return [entry.values[tuple(choice[d] for d in entry.decisions)] for entry in self.entries]

    def ratio(self, choice: Choice | Sequence[int]) -> float:
        """The worst of cost over target."""
        pairs = zip(self.cost(choice).tolist(), self.targets, strict=True)
        return float(max(cost / target for cost, target in pairs if target > 0))

    def meets(self, choice: Choice | Sequence[int]) -> bool:
        """Whether no target is exceeded."""
        return self.fits(self.rows(choice), self.targets) if self.fits else self.ratio(choice) <= 1

    def aiming_at(self, *targets: float) -> "CostTable":
        """The same table with other targets."""
        return replace(self, targets=targets)

    def require_reachable(self, space: Space) -> None:
        """Raise ConfigError where the fewest bits everywhere miss a target; says what they cost."""
        least = [0] * len(space.decisions)  # options are listed the cheapest first
        for measure, cost, target in zip(self.measures, self.cost(least).tolist(), self.targets, strict=True):
            if 0 < target < cost:
                raise ConfigError(
                    f"search: a target of {target:g} {measure} cannot be met: the fewest bits everywhere take "
                    f"{cost:g}; ask for more, or for a space with fewer bits"
                )


def total(rows: Sequence[Array]) -> Array:
    """The solver of costs that add up."""
    summed: Array = np.sum(rows, axis=0)
    return summed


def bops_table(layers: Sequence[Layer], space: Space, target: float) -> CostTable:
    """10^9 bit operations of one image: products * weight bits * activation bits, as the paper counts them."""

    def bops(layer: Layer, weight: Format, activation: int) -> float:
        return layer.macs * weight.bits * activation / 1e9

    return CostTable(tuple(_entry(layer, space, bops) for layer in layers), total, ("GBOPs",), (target,))


def size_table(layers: Sequence[Layer], space: Space, target: float) -> CostTable:
    """KiB of all weights."""

    def size(layer: Layer, weight: Format, _: int) -> float:
        return layer.weights * weight.bits / 8 / 1024

    return CostTable(tuple(_entry(layer, space, size) for layer in layers), total, ("KiB",), (target,))


def _entry(layer: Layer, space: Space, measure: Callable[[Layer, Format, int], float]) -> Entry:
    slots = [Slot("weight", layer.name)]
    slots += [] if layer.fixed_input_bits else [Slot("activation", layer.reads)]
    widths = [(slot, count) for name, count in layer.widths if (slot := Slot("channels", name)) in space.at]
    slots += dict(widths)
    decisions = space.owners(slots)
    values = np.zeros((*(space.options[d] for d in decisions), 1))
    for at, taken in space.combinations(slots):
        formats = [option for option in taken.values() if not isinstance(option, Share)]
        kept = [share.of(count) / count for slot, count in widths if isinstance(share := taken[slot], Share)]
        values[at] = measure(layer, formats[0], layer.fixed_input_bits or formats[-1].bits) * prod(kept)
    return Entry(decisions, values)
