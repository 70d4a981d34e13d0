# SPDX-License-Identifier: Apache-2.0
"""The folding that reaches a number of cycles a frame at the least cost, and the fewest cycles that fit a part.

Between layers stand converters, so that each layer chooses alone: of the foldings that take no more cycles than asked
for, the cheapest. Layers that multiply list the divisors of their channels; all others take the fewest lanes that keep
up. Then the part's DSP blocks go where each of them saves most LUTs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from codesign.errors import FoldError
from codesign.fold.build import build_design
from codesign.fold.candidates import Candidate, layer_candidates, lower_bound
from codesign.fold.design import Design
from codesign.fold.fewest import fewest
from codesign.fold.folding import Folding, LayerFold, Multiplier
from codesign.fold.resources import Area, design_area, kernel_area
from codesign.fold.sizing import MULTIPLIERS
from codesign.ir import Graph
from codesign.kernels import Dwconv, Kernel, Mvu, Requantise
from codesign.kernels.mvu import packs
from codesign.target import Target, load_target, target_names

# What a part takes of each resource before placement and routing become hard.
BUDGET = {"lut": 0.80, "ff": 0.60, "dsp": 0.95, "bram36": 0.90}


@dataclass(frozen=True)
class Solution:
    """A folding with the design that it makes (FIFOs not yet sized) and what that costs."""

    folding: Folding
    design: Design
    area: Area


def solve(graph: Graph, target: Target, fps: float | None = None, *, oversize: bool = False) -> Solution:
    """The cheapest folding for `fps`, or the fastest that fits the part; `oversize` lets `fps` exceed the part.

    Raises FoldError where the part is too small, with the resource, by how much, and the smallest part that would do.
    """
    layers = layer_candidates(graph)
    found = _fastest(graph, layers, target) if fps is None else _for_rate(graph, layers, target, fps, oversize)
    return replace(found, design=build_design(graph, found.folding))


def _fastest(graph: Graph, layers: Sequence[Sequence[Candidate]], target: Target) -> Solution:
    least = lower_bound(layers)
    levels = sorted({candidate.cycles for layer in layers for candidate in layer if candidate.cycles >= least})

    def attempt(cycles: float) -> Solution | None:
        found = _solution(graph, layers, target, cycles)
        return found if fits(found.area, target) else None

    found = fewest(levels, attempt)
    if found is not None:
        return found
    slowest = _solution(graph, layers, target, levels[-1])
    raise _too_small(slowest, target, lambda other: _solution(graph, layers, other, levels[-1]))


def _for_rate(
    graph: Graph, layers: Sequence[Sequence[Candidate]], target: Target, fps: float, oversize: bool
) -> Solution:
    cycles = target.cycles_at(fps)
    if cycles < lower_bound(layers):
        most = 1e9 / target.clock_ns / lower_bound(layers)
        raise FoldError(
            f"{fps:g} frames/s at {target.clock_ns:g} ns: no folding is faster than {most:.0f} frames/s; ask for less"
        )
    found = _solution(graph, layers, target, cycles)
    if oversize or fits(found.area, target):
        return found
    raise _too_small(found, target, lambda other: _solution(graph, layers, other, other.cycles_at(fps)))


def excess(area: Area, target: Target) -> str:
    """What a design takes that the part does not have, as a sentence; nothing where it has enough."""
    over = [
        f"{getattr(area, name):,.0f} {name} of {getattr(target, name):,} ({share:.0%})"
        for name, share in area.shares(target).items()
        if share > 1
    ]
    return f"too large for {target.name}: it takes {', '.join(over)}" if over else ""


def fits(area: Area, target: Target) -> bool:
    """Whether a part takes it, by `BUDGET`."""
    return all(share <= BUDGET[name] for name, share in area.shares(target).items())


def _too_small(found: Solution, target: Target, on: Callable[[Target], Solution]) -> FoldError:
    """What is missing, and which part has it; `on` solves for another one."""
    over = {name: share for name, share in found.area.shares(target).items() if share > BUDGET[name]}
    name = max(over, key=lambda resource: over[resource] / BUDGET[resource])
    layer = max(found.design.processes, key=lambda process: getattr(kernel_area(process.kernel), name))
    enough = sorted((load_target(n) for n in target_names()), key=lambda other: other.lut)
    other = next((t.name for t in enough if fits(on(t).area, t)), None)
    return FoldError(
        f"{target.name}: {getattr(found.area, name):.0f} {name} are needed, {getattr(target, name) * BUDGET[name]:.0f} "
        f"may be used ({BUDGET[name]:.0%} of the part); most of it is {layer.name}'s. "
        + (f"The smallest listed part that fits is {other}" if other else "No listed part fits")
        + "; fewer bits, channels or pixels help too"
    )


def _solution(graph: Graph, layers: Sequence[Sequence[Candidate]], target: Target, cycles: float) -> Solution:
    chosen: dict[str, LayerFold] = {}
    for layer in layers:
        quick = [candidate for candidate in layer if candidate.cycles <= cycles]
        chosen |= min(quick or [min(layer, key=lambda c: c.cycles)], key=lambda c: _cost(c.area, target)).folds
    fabric = build_design(graph, Folding(chosen), tables=False)
    folding = Folding(chosen | _spend_dsps(fabric, chosen, target))
    design = build_design(graph, folding, tables=False)
    return Solution(folding, design, design_area(design))


def _cost(area: Area, target: Target) -> float:
    """Shares of the part, as if products could still go either way."""
    return sum(share / BUDGET[name] for name, share in area.shares(target).items() if name != "ff")


def _spend_dsps(design: Design, folds: Mapping[str, LayerFold], target: Target) -> dict[str, LayerFold]:
    """Give DSP blocks to the layers where each saves most LUTs, as long as there are any."""
    left = target.dsp * BUDGET["dsp"]
    spent: dict[str, LayerFold] = {}
    for offer in sorted(_offers(design), key=lambda offer: -offer.gain):
        if offer.dsps <= left and offer.layer not in spent:
            left -= offer.dsps
            spent[offer.layer] = replace(folds.get(offer.layer, LayerFold()), multiplier=offer.multiplier)
    return spent


@dataclass(frozen=True)
class _Offer:
    """A layer that would take so many DSP blocks, each of which saves `gain` LUTs."""

    layer: str
    multiplier: Multiplier
    dsps: float
    gain: float


def _offers(design: Design) -> Iterator[_Offer]:
    for process in design.processes:
        before = kernel_area(process.kernel)
        for multiplier, other in _with_dsps(process.kernel):
            after = kernel_area(other)
            if after.dsp > 0:
                yield _Offer(process.node, multiplier, after.dsp, (before.lut - after.lut) / after.dsp)


def _with_dsps(kernel: Kernel) -> Iterator[tuple[Multiplier, Kernel]]:
    """The ways in which a kernel's products fit DSP blocks."""
    if isinstance(kernel, Mvu | Dwconv) and kernel.multiplier == MULTIPLIERS["fabric"]:
        yield "dsp", replace(kernel, multiplier=MULTIPLIERS["dsp"])
    if (
        isinstance(kernel, Mvu)
        and kernel.multiplier == MULTIPLIERS["fabric"]
        and kernel.pe % 2 == 0
        and packs(kernel.weight, kernel.x)
    ):
        yield "packed", replace(kernel, multiplier=MULTIPLIERS["packed"])
    if isinstance(kernel, Requantise) and MULTIPLIERS["fabric"] in kernel.rule:
        yield "dsp", replace(kernel, rule=kernel.rule.replace(MULTIPLIERS["fabric"], MULTIPLIERS["dsp"]))
