# SPDX-License-Identifier: Apache-2.0
"""The passes in their order, each with the reason for its place."""

from collections.abc import Callable, Sequence

from codesign.ir.graph import Graph
from codesign.ir.verify import IMPORTED, LOWERED, verify
from codesign.passes.absorb_shuffles import AbsorbShuffles
from codesign.passes.base import Pass
from codesign.passes.fit_requantise import FitRequantise
from codesign.passes.flip_signs import FlipSigns
from codesign.passes.hoist_requantise import HoistRequantise
from codesign.passes.insert_forks import InsertForks
from codesign.passes.lower_add import LowerAdd
from codesign.passes.lower_avg_pool import LowerAvgPool
from codesign.passes.lower_conv import LowerConv
from codesign.passes.lower_deform import LowerDeform
from codesign.passes.lower_max_pool import LowerMaxPool
from codesign.passes.merge_selects import MergeSelects
from codesign.passes.move_bias import MoveBias
from codesign.passes.pad_lanes import PadLanes
from codesign.passes.remove_identities import RemoveIdentities
from codesign.passes.split_groups import SplitGroups
from codesign.passes.unite_grids import UniteGrids

STREAMLINE: tuple[Pass, ...] = (
    RemoveIdentities(),  # first, so that nothing below looks past nodes that do nothing
    MergeSelects(),  # a split behind a shuffle is one selection
    HoistRequantise(),  # pools and upsampling on narrow integers
    AbsorbShuffles(),  # after merging: fewer lanes to follow
    RemoveIdentities(),  # selections that became plain
)


def lowering(lanes: int = 1) -> tuple[Pass, ...]:
    """The passes to the kernels' level, physical channels padded to a multiple of `lanes`."""
    return (
        LowerAvgPool(),  # makes depthwise convolutions
        SplitGroups(),  # makes selections and regular or depthwise convolutions
        MergeSelects(),  # a group of a slice
        PadLanes(lanes),  # while constants still lie in few kinds of op
        LowerAdd(),  # makes depthwise convolutions
        FlipSigns(),  # while convolutions still have biases
        MoveBias(),  # makes requantisations
        FitRequantise(),  # when all requantisations are there
        LowerConv(),  # needs biases of zero
        LowerDeform(),  # likewise
        LowerMaxPool(),
        InsertForks(),  # every stream is known
        UniteGrids(),  # last: what is joined, and all copies of it
    )


After = Callable[[Pass, Graph], None]


def run(graph: Graph, passes: Sequence[Pass], after: After | None = None) -> Graph:
    """The graph after all passes; `after` sees every step."""
    for step in passes:
        graph = step(graph)
        if after is not None:
            after(step, graph)
    return graph


def streamline(graph: Graph, after: After | None = None) -> Graph:
    """An imported graph without detours, still at the imported level."""
    result = run(graph, STREAMLINE, after)
    verify(result, IMPORTED)
    return result


def lower(graph: Graph, after: After | None = None, lanes: int = 1) -> Graph:
    """A graph in the kernels' own ops, one reader a stream. Raises GraphError where a kernel is missing."""
    result = run(graph, lowering(lanes), after)
    verify(result, LOWERED)
    return result
