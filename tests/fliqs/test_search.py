# SPDX-License-Identifier: Apache-2.0
"""Whole searches on few batches of digits: resuming, baselines, files, messages."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from qonnx.util.inference_cost import inference_cost

from codesign.cli import main
from codesign.errors import UsageError
from codesign.report.svg import number
from codesign.search.amounts import parse_aim, short
from codesign.search.chart import bits_chart, front_chart
from codesign.search.engine import Engine, row_file, run_orders
from codesign.search.front import hypervolume, pareto
from codesign.search.study import best_of, coverages
from networks.data.digits import digits
from networks.recipe import PRETRAINED, Recipe, load_recipe
from networks.search.pickers import GreedyPicker, RandomPicker
from networks.search.run import Found, Order, make_trainer, prepare_search, run_search
from networks.search.split import Judge, split_task
from networks.search.strategy import Fixed
from networks.task import load_task
from quant.errors import CheckpointError, ConfigError, DataError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.cost import CostTable, Entry, bops_table, total
from quant.fliqs.formats import parse_space
from quant.fliqs.policy import Choice
from quant.fliqs.space import Decision, Space

CHECKPOINT = PRETRAINED / "digits-cnn-w4a4" / "float.safetensors"
FORMATS = parse_space("int2,int4,int8")
CONFIG = FliqsConfig(warmup=0.34)


@cache
def _recipe(epochs: int = 3) -> Recipe:
    recipe = load_recipe("digits-cnn-w4a4")
    training = replace(recipe.quant_training, epochs=epochs, batch_size=256, ema_decay=0.5, augment=())
    return replace(recipe, quant_training=training)


def _order(tmp_path: Path, method: str = "fliqs", target: float = 0.008, config: FliqsConfig = CONFIG) -> Order:
    ground = prepare_search(_recipe(), CHECKPOINT, tmp_path, FORMATS, config)
    cost = bops_table(ground.supernet.layers, ground.space, target)
    choice = (1,) * len(ground.space.decisions) if method == "fixed" else ()
    return Order(_recipe(), CHECKPOINT, tmp_path, FORMATS, config, cost, method, 1, method, choice)


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, draws=2, on_target=True, updates=2)])
def test_a_search_resumes_where_it_stopped(tmp_path: Path, config: FliqsConfig) -> None:
    order = _order(tmp_path, config=config)

    def trainer() -> tuple:  # type: ignore[type-arg]
        torch.manual_seed(1)
        ground = prepare_search(order.recipe, CHECKPOINT, tmp_path, FORMATS, config)
        return make_trainer(order, ground), ground

    whole, _ = trainer()
    kept = whole.run()
    stopped, _ = trainer()
    stopped.run_until(2)
    stopped.save(tmp_path / "half.safetensors")
    resumed, _ = trainer()
    resumed.load(tmp_path / "half.safetensors")
    state = resumed.run()
    assert resumed.strategy.state() == whole.strategy.state() and resumed.history == whole.history
    assert resumed.strategy.controller.step == 3 * 4 and resumed.judged == whole.judged == config.updates * 2 * 4
    assert all(torch.equal(state[name], kept[name]) for name in kept)


@pytest.mark.parametrize("method", ["fliqs", "random", "greedy", "fixed"])
def test_every_method_is_judged_alike(tmp_path: Path, method: str) -> None:
    found, supernet = run_search(_order(tmp_path, method))
    assert len(found.history) == 3 and 0.1 < found.score <= 1 and found.held_out_loss > 0
    assert found.history[-1]["switching_error"] == (0 if method != "fliqs" else pytest.approx(0.1, abs=0.2))
    assert list(found.formats.values()) == [FORMATS[at].name for at in found.choice]
    if method in ("random", "greedy"):
        assert found.cost[0] <= 0.008
    assert all(layer.switch.formats == FORMATS for _, layer in supernet.weights())


def test_a_checkpoint_of_another_space_is_refused(tmp_path: Path) -> None:
    order = replace(_order(tmp_path), warmup_file=tmp_path / "warm.safetensors")
    run_search(order)
    other = replace(order, config=replace(CONFIG, together=False))
    with pytest.raises(CheckpointError, match="another search space"):
        run_search(other)


def test_runs_are_kept_and_read(tmp_path: Path) -> None:
    order = _order(tmp_path, "fixed")
    (first,) = run_orders([order], tmp_path / "runs", Engine())
    before = row_file(tmp_path / "runs", order).read_text()
    (second,) = run_orders([order], tmp_path / "runs", Engine())
    assert first == second and row_file(tmp_path / "runs", order).read_text() == before
    row_file(tmp_path / "runs", order).write_text("{}")
    with pytest.raises(DataError, match="not a run of this search"):
        list(run_orders([order], tmp_path / "runs", Engine()))


def test_the_judge_sees_no_training_image(tmp_path: Path) -> None:
    task = load_task("digits-cnn", "digits", tmp_path)
    learnt, judged = split_task(task, seed=3)
    counts = [len(part.data.train) for part in (learnt, judged)]  # type: ignore[attr-defined]
    assert counts == [len(digits().train) - 287, 287]
    judge = Judge(judged, _recipe().quant_training, 3)
    epoch = [judge.batch(at)[1] for at in range(3)]
    assert torch.equal(judge.batch(1)[1], epoch[1]) and torch.equal(judge.batch(2)[1], epoch[2])
    with pytest.raises(DataError, match="cannot be split"):
        split_task(task, 1, images=2)
    assert [len(part.data.train) for part in split_task(task, 1, images=50)] == [40, 10]  # type: ignore[attr-defined]


SPACE = Space(tuple(Decision(name, (), FORMATS) for name in "abc"))
BITS = np.array([2.0, 4.0, 8.0])
COST = CostTable(tuple(Entry((d,), BITS[:, None]) for d in range(3)), total, ("bits",), (14.0,))


def _loss(choice: Choice) -> float:
    return float((np.array([9.0, 3.0, 1.0]) / BITS[choice]).sum())


@pytest.mark.parametrize("picker", [RandomPicker(SPACE, COST, 40), GreedyPicker(SPACE, COST)])
def test_pickers_spend_the_budget_where_it_counts(picker: RandomPicker | GreedyPicker) -> None:
    assert picker(_loss, np.random.default_rng(0)).tolist() == [2, 1, 0]


def test_a_fixed_strategy_is_certain() -> None:
    assert Fixed([2, 0, 1], SPACE).probabilities().tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_fronts() -> None:
    points = [(2.0, 0.8), (1.0, 0.5), (3.0, 0.7), (2.0, 0.6)]
    assert pareto(points) == [(1.0, 0.5), (2.0, 0.8)]
    assert hypervolume(points, (4.0, 0.0)) == pytest.approx((3 * 0.5 + 2 * 0.3) / 4)
    assert hypervolume([], (1.0, 0.0)) == 0
    svg = front_chart({"fliqs": points, "uniform": points[:1]}, "GBOPs", "accuracy")
    assert svg.count("<circle") == 5 + 2 and number(62.0) in svg
    assert bits_chart({"one": {"stem": "int4", "body": "e4m3"}}).count("<rect") == 2


def _found(name: str, seed: int, cost: float, score: float) -> Found:
    return Found(name, "fliqs", seed, (0,), {"a": "int2"}, (cost,), (5.0,), score, 1 - score, 0, 0.0, [])


def test_summaries() -> None:
    runs = [_found("fliqs-5", 1, 4.0, 0.7), _found("fliqs-5", 2, 6.0, 0.9), _found("uniform-int2", 1, 2.0, 0.5)]
    assert best_of(runs[:2]).seed == 1 and best_of(runs[1:2]).seed == 2
    rows = {row.method: row for row in coverages(runs)}
    assert rows["fliqs"].seeds == 2 and rows["uniform"].mean == 0
    assert rows["fliqs"].mean == pytest.approx((2 * 0.2) / (6 * 0.5) / 2)


def test_amounts() -> None:
    aim = parse_aim("bops=5M,1.2G")
    assert aim.targets == (5e6, 1.2e9) and [short(x) for x in aim.targets] == ["5M", "1.2G"]
    for text in ("bops", "watts=3", "fps=0", "fps=much", "bops=-1M"):
        with pytest.raises(UsageError, match=f"--cost {text}"):
            parse_aim(text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cost", "bops=1"], "cannot be met: the fewest bits everywhere take"),
        (["--cost", "fps=9G", "--target", "pynq-z2", "--space", "int7,int8"], "cannot be met"),
        (["--cost", "fps=9G", "--target", "pynq-z2", "--space", "int7,int8", "--widths", "1/2,1"], "cannot be met"),
        (["--cost", "fps=1k"], "on which board"),
        (["--cost", "fps=1k", "--target", "pynq-z2", "--space", "e4m3,int4"], "hardware has 12"),
        (["--cost", "bops=5M", "--space", " "], "is empty"),
        (["--cost", "bops=5M", "--widths", "1/2"], "1 (all channels) and at least one other"),
        (["--cost", "bops=5M", "--widths", "3/2,1"], "above 0 and up to 1"),
        (["--cost", "bops=5M", "--space", "int4"], "two or more are expected"),
        (["--cost", "bops=5M", "--seeds", "0"], "1 or more"),
        (["--cost", "bops=5M", "--reward", "soft", "--beta", "2"], "negative exponent"),
        (["--cost", "bops=5M", "--on-target"], "2 or more, which are compared, on target"),
    ],
)
def test_bad_orders_end_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["search", "digits-cnn", "--out", str(tmp_path / "out"), "--data", str(tmp_path), *words]) in (1, 2)
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.safetensors"))


def test_the_command_writes_what_train_and_export_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["search", "digits-cnn", "--space", "int4,int8", "--cost", "bops=20M", "--epochs", "1", "--no-baselines"]
    words += ["--widths", "3/4,1"]
    assert main([*words, "--out", str(out), "--data", str(tmp_path)]) == 0
    recipe = load_recipe(str(out / "digits-cnn-bops-20M.toml"))
    result = json.loads((out / "front.json").read_text())
    formats = result["runs"][0]["formats"]
    assert {f"int{recipe.quant.layers[name].weight}" for name in ("stem.0", "body.0")} <= set(formats.values())
    kept = [recipe.quant.layers[name].channels or 0 for name in ("stem.0", "body.0", "tail.0")]
    shares = [f"x{Fraction(count, of)}" for count, of in zip(kept, (16, 32, 32), strict=True)]
    assert shares == [formats[f"{name} channels"] for name in ("stem.0", "body.0", "tail.0")]
    trained = out / "digits-cnn-bops-20M"
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["accuracy"]["integer"] == pytest.approx(result["runs"][0]["score"], abs=0.02)
    assert (out / "front.svg").read_text().startswith("<svg xmlns=")
    assert main([*words, "--out", str(out), "--data", str(tmp_path), "--apart"]) == 2
    assert "other options" in capsys.readouterr().err


def test_what_hardware_has_not_stays_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["--space", "e4m3,e5m2", "--cost", "bops=30M", "--epochs", "1", "--no-baselines", "--data", str(tmp_path)]
    assert main(["search", "digits-cnn", *words, "--out", str(out)]) == 0
    assert "becomes no recipe" in " ".join(capsys.readouterr().out.split())
    assert (out / "front.json").exists() and not list(out.glob("*.toml"))


def test_bit_operations_are_those_that_qonnx_counts(tmp_path: Path) -> None:
    """Of the shipped W4A4 network, whose first layer has W8 and reads bytes; zeros are counted on both sides."""
    ground = prepare_search(_recipe(), CHECKPOINT, tmp_path, FORMATS, replace(CONFIG, together=False))
    widths = {decision.name: "int4" for decision in ground.space.decisions} | {"stem.0 weight": "int8"}
    table = bops_table(ground.supernet.layers, ground.space, 1.0)
    counted = inference_cost(str(CHECKPOINT.with_name("model.onnx")), discount_sparsity=False)["total_cost"]
    assert round(table.cost(ground.space.choice_of(widths))[0] * 1e9) == counted["total_bops"] == 7_672_832


def test_other_methods_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="method 'best' is unknown"):
        replace(_order(tmp_path), method="best")
