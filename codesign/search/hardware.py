# SPDX-License-Identifier: Apache-2.0
"""From a trained float network to the table of what its layers cost on a part, and the solver for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from torch import Tensor, nn

from codesign.errors import UsageError
from codesign.export.qonnx_writer import write_qonnx
from codesign.fold.candidates import layer_candidates
from codesign.frontend import import_model
from codesign.passes import lower, streamline
from codesign.search.budget import FoldingSolver
from codesign.search.retype import REFERENCE_BITS, Reference
from codesign.search.table import (
    COLUMNS,
    CYCLES,
    IN_LANES,
    LUT,
    OUT_BITS,
    OUT_LANES,
    Array,
    Stage,
    stage_table,
    weight_key,
)
from codesign.search.table import stages as stages_of
from codesign.target import Target
from quant.config import WEIGHT_BITS, QuantConfig
from quant.fliqs.cost import CostTable, Entry
from quant.fliqs.space import Decision, Share, Slot, Space
from quant.freeze import freeze
from quant.numerics.formats import Format, Integer
from quant.prepare import calibrate, prepare


def reference_of(
    network: nn.Module, batches: Sequence[Tensor], input_shape: tuple[int, int, int], grid_of: Mapping[str, str],
    layers: Sequence[str],
) -> Reference:  # fmt: skip
    """The lowered graph of a float network at 8 bits everywhere."""
    bits = REFERENCE_BITS
    module = prepare(network, QuantConfig(weight_bits=bits, activation_bits=bits, first_weight_bits=bits))
    calibrate(module, batches)
    with TemporaryDirectory(prefix="codesign-search-") as scratch:
        path = Path(scratch) / "model.onnx"
        write_qonnx(freeze(module), input_shape, path, "reference")
        graph = lower(streamline(import_model(path)))
    return Reference(graph, grid_of, tuple(layers))


def require_buildable(formats: Sequence[Format]) -> None:
    """Raise UsageError for a format that the tables do not hold, with the reason."""
    for form in formats:
        if not isinstance(form, Integer):
            raise UsageError(
                f"--cost fps: the tables hold the kernels of integers, not {form.name}'s; use --cost bops or size, "
                "which compare all formats"
            )
        if form.bits > WEIGHT_BITS[1]:
            raise UsageError(
                f"--cost fps: {form.name} is wider than the {WEIGHT_BITS[1]} bits that weights have in hardware; leave "
                "it out of --space"
            )


@dataclass(frozen=True)
class HardwareTable:
    """The stages of a network and, for each, the rows of all its formats."""

    target: Target
    stages: tuple[Stage, ...]
    cost: CostTable


def hardware_table(reference: Reference, space: Space, target: Target) -> HardwareTable:
    """Costs: cycles a frame under the part's budget, and the share of it that the slowest folding needs."""
    require_buildable(_formats(space.decisions))
    found = stages_of(reference)
    bits = _bits(space)
    entries = [_inputs_entry(reference), *(_entry(reference, stage, space, bits) for stage in found)]
    most = max(entry.values.shape[-2] for entry in entries)
    padded = tuple(Entry(entry.decisions, _padded(entry.values, most)) for entry in entries)
    solver = FoldingSolver(target, tuple(_edges(reference, found)))
    return HardwareTable(target, tuple(found), CostTable(padded, solver, ("cycles", "budget"), (0.0, 1.0), solver.fits))


def _formats(decisions: Sequence[Decision]) -> list[Format]:
    return [option for decision in decisions for option in decision.options if not isinstance(option, Share)]


def _bits(space: Space) -> dict[str, Sequence[int]]:
    """Grid, or weights of a layer -> the bits of each option of its decision."""
    found: dict[str, Sequence[int]] = {}
    for decision in space.decisions:
        for slot in decision.slots:
            key = weight_key(slot.name) if slot.kind == "weight" else slot.name
            found[key] = [form.bits for form in _formats([decision])]
    return found


def _inputs_entry(reference: Reference) -> Entry:
    """The image's words, whatever is decided."""
    (tensor,) = reference.graph.inputs
    candidates = next(layer for layer in layer_candidates(reference.graph) if tensor.name in layer[0].folds)
    rows = np.zeros((len(candidates), COLUMNS))
    rows[:, CYCLES] = [candidate.cycles for candidate in candidates]
    rows[:, LUT] = [candidate.area.lut for candidate in candidates]
    rows[:, IN_LANES] = rows[:, OUT_LANES] = [candidate.folds[tensor.name].lanes for candidate in candidates]
    rows[:, OUT_BITS] = tensor.grid.bits
    return Entry((), rows)


def _entry(reference: Reference, stage: Stage, space: Space, bits: Mapping[str, Sequence[int]]) -> Entry:
    """The rows by decision; several slots of a stage may belong to one."""
    slots = [*(Slot("activation", name) for name in stage.grids), *(Slot("weight", name) for name in stage.weights)]
    owners = [space.at[slot] for slot in slots]
    decisions = tuple(dict.fromkeys(owners))
    found = [
        (tuple(options[owners.index(d)] for d in decisions), rows)
        for options, rows in stage_table(reference, stage, bits)
        if all(options[i] == options[owners.index(d)] for i, d in enumerate(owners))
    ]
    most = max(len(rows) for _, rows in found)
    values = np.zeros((*(space.options[d] for d in decisions), most, COLUMNS))
    for options, rows in found:
        values[options] = _padded(rows, most)
    return Entry(decisions, values)


def _padded(rows: Array, most: int) -> Array:
    """Rows that no folding takes, up to `most`."""
    missing = np.zeros((*rows.shape[:-2], most - rows.shape[-2], COLUMNS))
    missing[..., CYCLES] = np.inf
    return np.concatenate([rows, missing], axis=-2)


def _edges(reference: Reference, stages: Sequence[Stage]) -> list[tuple[int, int]]:
    """(writer, reader) among the entries; the first entry is the image."""
    made = {tensor.name: at + 1 for at, stage in enumerate(stages) for t in (stage.nodes[-1],) for tensor in t.outputs}
    made |= {tensor.name: 0 for tensor in reference.graph.inputs}
    return [(made[name], at + 1) for at, stage in enumerate(stages) for name in stage.nodes[0].inputs if name in made]
