# SPDX-License-Identifier: Apache-2.0
"""`codesign search`: find the bits of every layer for a cost, beside baselines of equal training."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from codesign.errors import UsageError
from codesign.flow.source import trained
from codesign.search.amounts import KINDS, parse_aim, parse_shares, short
from codesign.search.chart import bits_chart, front_chart
from codesign.search.engine import Engine, run_orders
from codesign.search.front import pareto
from codesign.search.study import (
    Plan,
    Study,
    best_of,
    coverages,
    method_of,
    plan_study,
    points_of,
    write_recipe,
    write_trained,
)
from codesign.target import load_target
from codesign.workspace import cache_folder, write_whole
from networks.search.run import Found
from quant.errors import ConfigError
from quant.fliqs.config import GRANULARITIES, QUALITIES, REWARDS, SCHEDULES, FliqsConfig
from quant.fliqs.formats import SPACES, parse_space

LABELS = {"bops": "GBOPs a frame", "size": "KiB of weights", "fps": "cycles a frame under the part's budget"}


def configure(parser: argparse.ArgumentParser) -> None:
    costs = "; ".join(f"{kind}: {what}" for kind, what in KINDS.items())
    parser.add_argument("network", help="a network or recipe that ships trained, or a trained folder")
    parser.add_argument("--space", default="int-l", help=f"{', '.join(SPACES)}, or formats such as int2,int4,e2m1")
    parser.add_argument("--widths", metavar="N[,N...]", help="shares of channels to choose from, such as 1/2,3/4,1")
    parser.add_argument("--cost", required=True, metavar="KIND=N[,N...]", help=f"targets ({costs})")
    parser.add_argument("--target", metavar="BOARD", help="whose frames a second count (codesign targets lists them)")
    parser.add_argument("--out", type=Path, required=True, help="folder of results; runs that lie there are kept")
    parser.add_argument("--epochs", type=int, help="of each run (default: those of the recipe's quantised training)")
    parser.add_argument("--batch", type=int, metavar="N", help="images of a step (default: the recipe's)")
    parser.add_argument("--images", type=int, metavar="N", help="search with N training images (default: all)")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each target (default 1)")
    parser.add_argument("--no-baselines", action="store_true", help="FLIQS alone")
    parser.add_argument("--workers", type=int, default=1, help="runs side by side (Dask processes on this machine)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a running Dask scheduler, instead of --workers")
    parser.add_argument("--data", type=Path, help="folder of data sets (default: the user's cache)")
    _configure_policy(parser)
    parser.epilog = "example: codesign search digits-cnn --space int-xl --cost bops=3M,5M --seeds 3 --out found"


def _configure_policy(parser: argparse.ArgumentParser) -> None:
    given = FliqsConfig()
    parser.add_argument("--apart", action="store_true", help="decide weights and activations apart")
    parser.add_argument("--granularity", choices=GRANULARITIES, default=given.granularity, help="what decides alone")
    parser.add_argument("--reward", choices=REWARDS, help="default: absolute, for fps one-sided")
    parser.add_argument("--quality", choices=QUALITIES, help="default: loss; for soft and hard rewards likelihood")
    parser.add_argument("--beta", type=float, help="weight (soft, hard: exponent) of the cost in the reward")
    parser.add_argument("--policy-rate", type=float, default=given.learning_rate, help="the policy's learning rate")
    parser.add_argument("--settle", type=float, default=given.settle, help="share of steps that train the result alone")
    parser.add_argument("--draws", type=int, default=given.draws, help="choices that a step judges by the same images")
    parser.add_argument("--on-target", action="store_true", help="draw and compare choices of the target alone")
    parser.add_argument("--updates", type=int, default=given.updates, help="of the policy at each training step")
    parser.add_argument("--entropy-weight", type=float, default=given.entropy_weight, help="of the entropy penalty")
    parser.add_argument("--entropy-schedule", choices=SCHEDULES, default=given.entropy_schedule)
    parser.add_argument("--training-quality", action="store_true", help="judge by the batch that weights learn from")


def run(args: argparse.Namespace) -> int:
    study = _study(args)
    _open(args.out, study)
    console = Console()
    with console.status("tables of costs"):
        plan = plan_study(study, args.out / "runs")
    found = _run_all(plan, args.out / "runs", Engine(args.workers, args.scheduler), console)
    _write(plan, found, args.out)
    console.print(runs_table(plan, found))
    console.print(coverage_table(found))
    for line in _keep(plan, found, args.out):
        console.print(line)
    return 0


def _study(args: argparse.Namespace) -> Study:
    if any(
        number is not None and number < 1 for number in (args.seeds, args.workers, args.epochs, args.batch, args.images)
    ):
        raise UsageError("--seeds, --workers, --epochs, --batch and --images: 1 or more are expected")
    aim, formats = parse_aim(args.cost), parse_space(args.space)
    recipe, folder = trained(args.network)[0]
    training = recipe.quant_training
    if args.epochs is not None:
        training = training.lasting(args.epochs)
    if args.batch is not None:
        training = replace(training, batch_size=args.batch)
    return Study(
        recipe=replace(recipe, quant_training=training),
        checkpoint=folder / "float.safetensors",
        data=args.data or cache_folder("data"),
        formats=formats,
        config=_config(args, aim.kind),
        aim=aim,
        seeds=args.seeds,
        target=load_target(args.target) if args.target else None,
        baselines=not args.no_baselines,
        images=args.images,
        shares=parse_shares(args.widths) if args.widths else (),
    )


def _config(args: argparse.Namespace, kind: str) -> FliqsConfig:
    reward = args.reward or ("one-sided" if kind == "fps" or args.on_target else "absolute")
    powers = reward in ("soft", "hard")
    return FliqsConfig(
        learning_rate=args.policy_rate,
        reward=reward,
        beta=args.beta if args.beta is not None else (-0.5 if powers else 1.0),
        quality=args.quality or ("likelihood" if powers else "loss"),
        held_out=not args.training_quality,
        draws=args.draws,
        on_target=args.on_target,
        updates=args.updates,
        settle=args.settle,
        entropy_schedule=args.entropy_schedule,
        entropy_weight=args.entropy_weight,
        granularity=args.granularity,
        together=not args.apart,
    )


def _open(out: Path, study: Study) -> None:
    """Make the folder; one that holds another search is refused."""
    about = {
        "recipe": study.recipe.to_toml(),
        "formats": [form.name for form in study.formats],
        "widths": [share.name for share in study.shares],
        "policy": asdict(study.config),
        "cost": study.aim.kind,
        "target": study.target.name if study.target else None,
        "images": study.images,
    }
    kept = out / "search.json"
    if kept.exists() and json.loads(kept.read_text(encoding="utf-8")) != about:
        raise UsageError(f"{kept} tells of a search with other options: give another --out, or the same options")
    if out.exists() and not kept.exists():
        raise UsageError(f"{out} exists and holds no search: choose another --out")
    write_whole(kept, json.dumps(about, indent=2) + "\n")


def _run_all(plan: Plan, runs: Path, engine: Engine, console: Console) -> list[Found]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("search", total=len(plan.orders))
        for one in run_orders(plan.orders, runs, engine, plan.ground):
            progress.console.print(f"{one.name}, seed {one.seed}: {_text(one)}")
            progress.advance(task)
            found.append(one)
    places = {(order.name, order.seed): at for at, order in enumerate(plan.orders)}
    return sorted(found, key=lambda one: places[one.name, one.seed])


def _text(one: Found) -> str:
    formats = " ".join(name.removeprefix("int") for name in one.formats.values())
    return f"{100 * one.score:.1f} at {one.cost[0]:.4g}; {formats}; {one.cpu_s:.0f} CPU s"


def runs_table(plan: Plan, found: Sequence[Found]) -> Table:
    """One row a name: mean and spread over the seeds."""
    table = Table("run", "seeds", LABELS[plan.study.aim.kind], "score, mean", "least", "most", "formats (first seed)")
    for name in dict.fromkeys(one.name for one in found):
        own = [one for one in found if one.name == name]
        scores, costs = [100 * one.score for one in own], [one.cost[0] for one in own]
        figures = (sum(scores) / len(own), min(scores), max(scores))
        formats = " ".join(form.removeprefix("int") for form in own[0].formats.values())
        table.add_row(name, str(len(own)), f"{sum(costs) / len(own):.4g}", *(f"{f:.1f}" for f in figures), formats)
    return table


def coverage_table(found: Sequence[Found]) -> Table:
    """Hypervolume of each method."""
    table = Table("method", "hypervolume, mean", "deviation", "seeds")
    for row in coverages(found):
        table.add_row(row.method, f"{row.mean:.4f}", f"{row.spread:.4f}", str(row.seeds))
    return table


def _write(plan: Plan, found: Sequence[Found], out: Path) -> None:
    points = points_of(found)
    kind = plan.study.aim.kind
    fronts = {method: pareto(own) for method, own in points.items()}
    result = {
        "cost": LABELS[kind],
        "fronts": fronts,
        "hypervolume": [asdict(row) for row in coverages(found)],
        "runs": [asdict(one) for one in found],
    }
    write_whole(out / "front.json", json.dumps(result, indent=1) + "\n")
    task = "score on held-out images"
    write_whole(out / "front.svg", front_chart(points, LABELS[kind], task))
    searched = [one for one in found if one.method == "fliqs"]
    write_whole(out / "bits.svg", bits_chart({f"{one.name}, seed {one.seed}": one.formats for one in searched}))


def _keep(plan: Plan, found: Sequence[Found], out: Path) -> list[str]:
    """Recipes and trained folders of the best seed of each target; what to do next."""
    lines = [f"{out / 'front.svg'}, {out / 'bits.svg'}, {out / 'front.json'}"]
    for amount in plan.study.aim.targets:
        name = f"fliqs-{short(amount)}"
        best = best_of([one for one in found if one.name == name])
        assert method_of(best) == "fliqs"
        stem = f"{plan.study.recipe.network}-{plan.study.aim.kind}-{short(amount)}"
        try:
            recipe = write_recipe(plan, best, out / f"{stem}.toml")
        except ConfigError as error:
            lines.append(f"{name} stays a result, in front.json, and becomes no recipe: {error}")
            continue
        write_trained(plan, best, out / "runs", recipe, out / stem)
        lines.append(f"{name}: codesign export {out / stem} --target BOARD, or codesign train {out / stem}.toml")
    return lines
