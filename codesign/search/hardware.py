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
from codesign.search.retype import REFERENCE, Formats, Reference
from codesign.search.shares import References
from codesign.search.table import (
    COLUMNS,
    CYCLES,
    IN_LANES,
    LUT,
    OUT_BITS,
    OUT_LANES,
    Array,
    Stage,
    stage_rows,
)
from codesign.target import Target
from quant.config import WEIGHT_BITS, LayerBits, QuantConfig, fixed_float
from quant.fliqs.cost import CostTable, Entry
from quant.fliqs.space import Option, Share, Slot, Space
from quant.fliqs.supernet import Supernet
from quant.freeze import freeze
from quant.numerics.formats import Float, Format
from quant.prepare import calibrate, prepare


def reference_of(
    network: nn.Module, batches: Sequence[Tensor], input_shape: tuple[int, int, int], supernet: Supernet,
    channels: Mapping[str, int],
) -> Reference:  # fmt: skip
    """The lowered graph of a float network at 8 bits everywhere, with fewer channels where `channels` says so."""
    bits, kept = REFERENCE.bits, {group: LayerBits(channels=count) for group, count in channels.items()}
    module = prepare(network, QuantConfig(weight_bits=bits, activation_bits=bits, first_weight_bits=bits, layers=kept))
    calibrate(module, batches)
    with TemporaryDirectory(prefix="codesign-search-") as scratch:
        path = Path(scratch) / "model.onnx"
        write_qonnx(freeze(module), input_shape, path, "reference")
        graph = lower(streamline(import_model(path)))
    return Reference(graph, supernet.grid_of, tuple(layer.name for layer in supernet.layers), supernet.group_of)


def require_buildable(formats: Sequence[Format]) -> None:
    """Raise UsageError or ConfigError for a format that hardware has not, with the reason."""
    for form in formats:
        if isinstance(form, Float):
            fixed_float(form.name, "--cost fps: a format of --space")
        elif form.bits > WEIGHT_BITS[1]:
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


def hardware_table(references: References, space: Space, target: Target) -> HardwareTable:
    """Costs: cycles a frame under the part's budget, and the share of it that the slowest folding needs."""
    require_buildable([o for decision in space.decisions for o in decision.options if not isinstance(o, Share)])
    whole, found = references.whole, references.stages
    entries = [_inputs_entry(whole), *(_entry(references, stage, space) for stage in found)]
    most = max(entry.values.shape[-2] for entry in entries)
    padded = tuple(Entry(entry.decisions, _padded(entry.values, most)) for entry in entries)
    solver = FoldingSolver(target, tuple(_edges(whole, found)))
    return HardwareTable(target, found, CostTable(padded, solver, ("cycles", "budget"), (0.0, 1.0), solver.fits))


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


def _entry(references: References, stage: Stage, space: Space) -> Entry:
    """The rows by decision; several slots of a stage may belong to one."""
    slots = [*(Slot("activation", name) for name in stage.grids), *(Slot("weight", name) for name in stage.weights)]
    slots += [slot for slot in space.at if slot.kind == "channels" and slot.name in stage.channels]
    found = {at: _rows(references, stage, taken) for at, taken in space.combinations(slots)}
    owners, most = space.owners(slots), max(map(len, found.values()))
    values = np.zeros((*(space.options[owner] for owner in owners), most, COLUMNS))
    for at, rows in found.items():
        values[at] = _padded(rows, most)
    return Entry(owners, values)


def _rows(references: References, stage: Stage, taken: Mapping[Slot, Option]) -> Array:
    """Of a stage where the slots take these options."""
    forms = {slot: option for slot, option in taken.items() if not isinstance(option, Share)}
    reference = references.at({slot.name: option for slot, option in taken.items() if isinstance(option, Share)})
    grids, weights = ({s.name: form for s, form in forms.items() if s.kind == k} for k in ("activation", "weight"))
    return stage_rows(reference, stage.within(reference), Formats(grids, weights))


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
