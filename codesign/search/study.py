# SPDX-License-Identifier: Apache-2.0
"""A whole search: targets, seeds and baselines as orders; their results as fronts, recipes and trained folders."""

import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from codesign.errors import UsageError
from codesign.export.trained import finish
from codesign.search.amounts import Aim, short
from codesign.search.engine import weights_file
from codesign.search.front import Point, hypervolume
from codesign.search.hardware import HardwareTable, hardware_table, reference_of, require_buildable
from codesign.search.shares import references
from codesign.target import Target
from codesign.workspace import write_whole
from networks.recipe import Recipe
from networks.registry import find_network
from networks.search.run import Found, Ground, Order, prepare_search
from networks.training.checkpoint import load_weights, save_weights
from networks.training.run import FLOAT, QAT, calibration_batches
from quant.fliqs.config import FliqsConfig
from quant.fliqs.cost import CostTable, bops_table, size_table
from quant.fliqs.space import Share
from quant.fliqs.transfer import config_of, transferred
from quant.numerics.formats import Format

UNITS = {"bops": 1e9, "size": 1024.0}  # of the tables, in those of the command line
ENDS = "int8"


@dataclass(frozen=True)
class Study:
    """What is asked for. `checkpoint` holds the float weights; `recipe.quant_training` is each run's training."""

    recipe: Recipe
    checkpoint: Path
    data: Path
    formats: tuple[Format, ...]
    config: FliqsConfig
    aim: Aim
    seeds: int
    target: Target | None = None
    baselines: bool = True
    images: int | None = None  # of the training set; None: all
    shares: tuple[Share, ...] = ()  # of the channels, to choose from; none: no layer loses any

    def __post_init__(self) -> None:
        """The cheapest format first: in hardware a float is as wide as its integers."""
        if self.aim.kind == "fps":
            formats = sorted(self.formats, key=lambda form: form.fixed_bits(signed=True))
            object.__setattr__(self, "formats", tuple(formats))


@dataclass(frozen=True)
class Plan:
    """The orders of a study, and what all of them share."""

    study: Study
    ground: Ground
    costs: tuple[CostTable, ...]  # one a target
    hardware: HardwareTable | None
    orders: tuple[Order, ...]


def plan_study(study: Study, folder: Path) -> Plan:
    """Build tables, check targets and list the runs. Raises before any training where a target cannot be met."""
    if study.aim.kind == "fps":
        if study.target is None:
            raise UsageError("--cost fps: frames a second on which board? give --target (codesign targets lists them)")
        require_buildable(study.formats)
    ground = prepare_search(study.recipe, study.checkpoint, study.data, study.formats, study.config, study.shares)
    hardware = _hardware(study, ground) if study.aim.kind == "fps" else None
    costs = tuple(_cost(study, ground, hardware, target) for target in study.aim.targets)
    for cost in costs:
        cost.require_reachable(ground.space)
    return Plan(study, ground, costs, hardware, tuple(_orders(study, ground, costs, folder)))


def _hardware(study: Study, ground: Ground) -> HardwareTable:
    assert study.target is not None
    recipe, supernet = study.recipe, ground.supernet
    shape, batches = find_network(recipe.network).input_shape, calibration_batches(recipe, ground.task)
    build = partial(reference_of, ground.network, batches, shape, supernet)
    return hardware_table(references(build, ground.space, supernet.layers), ground.space, study.target)


def _cost(study: Study, ground: Ground, hardware: HardwareTable | None, target: float) -> CostTable:
    if hardware is not None:
        return hardware.cost.aiming_at(hardware.target.cycles_at(target), 1.0)
    build = bops_table if study.aim.kind == "bops" else size_table
    return build(ground.supernet.layers, ground.space, target / UNITS[study.aim.kind])


def _orders(study: Study, ground: Ground, costs: Sequence[CostTable], folder: Path) -> list[Order]:
    methods = ("fliqs", "random", "greedy") if study.baselines else ("fliqs",)
    found = []
    for seed in range(1, study.seeds + 1):
        common = Order(
            study.recipe, study.checkpoint, study.data, study.formats, study.config, costs[0], "fliqs", seed,
            warmup_file=folder / f"warmup-{seed}.safetensors", images=study.images, shares=study.shares,
        )  # fmt: skip
        for amount, cost in zip(study.aim.targets, costs, strict=True):
            found += [replace(common, method=m, cost=cost, name=f"{m}-{short(amount)}") for m in methods]
        fixed = fixed_choices(ground, study.formats) if study.baselines else {}
        fixed_order = replace(common, method="fixed", warmup_file=None)
        found += [replace(fixed_order, choice=choice, name=name) for name, choice in fixed.items()]
    return found


def fixed_choices(ground: Ground, formats: Sequence[Format]) -> dict[str, tuple[int, ...]]:
    """Every format everywhere; and, where there is one of 8 bits, the same with 8 bits at both ends. All channels."""
    space, names = ground.space, [form.name for form in formats]
    whole = [len(d.options) - 1 if d.slots[0].kind == "channels" else None for d in space.decisions]
    found = {f"uniform-{name}": tuple(at if w is None else w for w in whole) for at, name in enumerate(names)}
    if ENDS not in names:
        return found
    outer = _end_layers(ground)
    ends = {at for slot, at in space.at.items() if slot.kind != "channels" and slot.name in outer}
    for name in names:
        if name != ENDS:
            uniform = enumerate(found[f"uniform-{name}"])
            found[f"8-bit ends-{name}"] = tuple(names.index(ENDS) if d in ends else option for d, option in uniform)
    return found


def _end_layers(ground: Ground) -> set[str]:
    layers = [layer.name for layer in ground.supernet.layers]
    return {layers[0], layers[-1]}


def method_of(found: Found) -> str:
    """What a run is filed under: its name without the target or format."""
    return found.name.rpartition("-")[0]


def best_of(runs: Sequence[Found]) -> Found:
    """Of several seeds the one whose held-out loss is least, among those that meet the target if any does."""
    meeting = [run for run in runs if all(c <= t for c, t in zip(run.cost, run.targets, strict=True) if t > 0)]
    return min(meeting or runs, key=lambda run: run.held_out_loss)


@dataclass(frozen=True)
class Coverage:
    """Hypervolumes of a method's fronts, one a seed."""

    method: str
    mean: float
    spread: float
    seeds: int


def coverages(runs: Sequence[Found]) -> list[Coverage]:
    """Of every method, against the costliest and the least accurate run of all."""
    worst = max(run.cost[0] for run in runs), min(run.score for run in runs)
    found = []
    for method in dict.fromkeys(map(method_of, runs)):
        own = [run for run in runs if method_of(run) == method]
        volumes = [
            hypervolume([(run.cost[0], run.score) for run in own if run.seed == seed], worst)
            for seed in sorted({run.seed for run in own})
        ]
        spread = statistics.stdev(volumes) if len(volumes) > 1 else 0.0
        found.append(Coverage(method, statistics.mean(volumes), spread, len(volumes)))
    return found


def points_of(runs: Sequence[Found]) -> dict[str, list[Point]]:
    """Cost and score of every run, by method."""
    found: dict[str, list[Point]] = {}
    for run in runs:
        found.setdefault(method_of(run), []).append((run.cost[0], run.score))
    return found


def write_recipe(plan: Plan, found: Found, path: Path) -> Recipe:
    """The recipe that trains a found choice from its float weights on. Raises ConfigError where no hardware has it."""
    quant = config_of(plan.ground.supernet, plan.ground.space, found.choice)
    recipe = replace(plan.study.recipe, name=path.stem, quant=quant)
    write_whole(path, recipe.to_toml())
    return recipe


def write_trained(plan: Plan, found: Found, runs: Path, recipe: Recipe, folder: Path) -> None:
    """A folder as `codesign train` writes it, with the search's own weights: no retraining."""
    study, supernet = plan.study, plan.ground.supernet
    order = next(o for o in plan.orders if (o.name, o.seed) == (found.name, found.seed))
    load_weights(supernet, weights_file(runs, order), recipe.network, "supernet")
    _, module = transferred(supernet, plan.ground.network, plan.ground.space, np.array(found.choice))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(study.checkpoint, folder / f"{FLOAT}.safetensors")
    save_weights(folder / f"{QAT}.safetensors", module.state_dict(), recipe.network, QAT)
    write_whole(folder / "recipe.toml", recipe.to_toml())
    finish(recipe, folder, study.data)
