# SPDX-License-Identifier: Apache-2.0
"""`codesign networks`, `train` and `evaluate`, as a user meets them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from codesign.cli import main
from networks.recipe import RECIPES, load_recipe, recipe_names
from networks.registry import NETWORKS
from quant.errors import ConfigError, UnknownNetwork

RECIPE = """
network = "digits-cnn"
dataset = "digits"
seed = 3
[float_training]
epochs = 1
learning_rate = 3e-3
[quant]
weight_bits = 3
[quant_training]
epochs = 1
learning_rate = 1e-3
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.toml").write_text(RECIPE)
    assert main(["train", str(folder / "tiny.toml"), "--out", str(folder / "out"), "--data", str(folder)]) == 0
    return folder


def test_train_writes_a_whole_folder(trained: Path) -> None:
    out = trained / "out"
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {"float.safetensors", "qat.safetensors", "model.onnx", "golden.npz", "metrics.json", "recipe.toml"}
    assert any((out / "logs").iterdir())
    with np.load(out / "golden.npz") as golden:
        assert golden["x"].shape == (10, 8, 8, 1)


def test_evaluate_prints_one_table(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", str(trained / "out"), "--data", str(trained), "--limit", "50", "--probes", "4"]
    assert main(command) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "float" in words and "QAT" in words and "integer" in words and "50" in words
    assert "integers == QONNX (float64) == torch (float64)" in words and "4 images" in words
    assert main([*command, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["images"] == 50 and found["accuracy"].keys() == {"float", "qat", "integer"}


def test_resuming_a_finished_run_changes_nothing(trained: Path) -> None:
    out = trained / "out"
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".safetensors", ".json")}
    again = ["train", str(trained / "tiny.toml"), "--out", str(out), "--data", str(trained), "--resume"]
    assert main(again) == 0
    assert all((out / name).read_bytes() == content for name, content in before.items())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "{tiny}", "--out", "{out}"], "out exists: choose another --out, or pass --resume"),
        (["train", "{tiny}", "--out", "{out}", "--resume", "--seed", "4"], "recipe.toml differs from the recipe asked"),
        (["train", "resnet9", "--out", "{out}2"], "recipe 'resnet9' is unknown"),
        (["train", "{out}/none.toml", "--out", "{out}2"], "none.toml: cannot be read"),
        (["train", "{tiny}", "--out", "{out}2", "--epochs", "-1"], "epochs is -1; expected 0 or more"),
        (["train", "{tiny}", "--out", "{tiny}/out2"], "out2: cannot be written (Not a directory)"),
        (["train", "codenet-c-w4a8", "--out", "{out}2", "--input-size", "500"], "expected a multiple of 32"),
        (["evaluate", "codenet-a@100"], "codenet-a: got an input size of 100; expected a multiple of 32"),
        (["evaluate", "resnet8", "--data", "{tiny}"], "tiny.toml: not a folder; name the one that holds data sets"),
        (["evaluate", "resnet9"], "'resnet9' is no network, recipe or folder of a trained network"),
        (["evaluate", "{out}", "--probes", "0"], "1 or more are expected"),
    ],
)
def test_mistakes_get_a_sentence(
    trained: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"tiny": trained / "tiny.toml", "out": trained / "out"}
    assert main([word.format(**places) for word in words]) in (1, 2)
    error = capsys.readouterr().err
    assert error.startswith("codesign: ") and message in error and "Traceback" not in error
    assert not (trained / "out2").exists()


def test_a_truncated_checkpoint_is_refused(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (trained / "out").iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = (tmp_path / "qat.safetensors").read_bytes()
    (tmp_path / "qat.safetensors").write_bytes(whole[: len(whole) // 2])
    assert main(["evaluate", str(tmp_path), "--data", str(tmp_path)]) == 1
    assert "qat.safetensors: not a readable safetensors checkpoint" in capsys.readouterr().err
    (tmp_path / "qat.safetensors").unlink()
    assert main(["evaluate", str(tmp_path), "--data", str(tmp_path)]) == 2
    assert "qat.safetensors: no such file; train the network first" in capsys.readouterr().err


@pytest.mark.slow
def test_digits_train_from_scratch_in_under_three_minutes(tmp_path: Path) -> None:
    before = time.process_time()
    assert main(["train", "digits-cnn-w4a4", "--out", str(tmp_path / "out"), "--data", str(tmp_path)]) == 0
    assert time.process_time() - before < 180
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["accuracy"]["integer"] >= 0.97


def test_networks_are_listed_without_torch() -> None:
    code = "import sys; from codesign.cli import main; main(['networks', '--json']); assert 'torch' not in sys.modules"
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rows = json.loads(listed)
    assert {row["recipe"] for row in rows} == set(recipe_names()) and {
        row["network"] for row in rows
    } <= NETWORKS.keys()
    assert all(row["accuracy"]["integer"] > 0.9 for row in rows if row["dataset"].endswith("digits"))


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_are_valid(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.network in NETWORKS and recipe.dataset == NETWORKS[recipe.network].dataset


def test_bad_recipes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(RECIPE.replace("seed = 3", "sed = 3"))
    with pytest.raises(ConfigError, match="recipe bad: unknown key 'sed'; did you mean 'seed'"):
        load_recipe(str(path))
    path.write_text(RECIPE.replace("seed = 3", ""))
    with pytest.raises(ConfigError, match="recipe bad: missing seed"):
        load_recipe(str(path))
    with pytest.raises(UnknownNetwork, match="did you mean 'resnet8-w4a8'"):
        load_recipe("resnet8-w4a4")
    assert RECIPES.is_dir()
