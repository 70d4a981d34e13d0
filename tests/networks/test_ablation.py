# SPDX-License-Identifier: Apache-2.0
"""The ablation: a row a run, resumed from what is there, summarised."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from networks import ablation
from networks.ablation import TRAINING, AblationRun, ablate, summarise, train_one
from networks.codenet import CONFIGS, OPERATORS
from networks.detection.task import DetectionTask
from quant.errors import DataError
from tests.networks.test_detection import dataset

SHORT = replace(TRAINING, epochs=1, batch_size=4)


def test_a_run_is_trained_and_judged(tmp_path: Path) -> None:
    task = DetectionTask(dataset(tmp_path, 4), dataset(tmp_path, 2, seed=1), CONFIGS["codenet-digits"])
    plain, moved = (train_one(operator, 1, task, SHORT) for operator in ("3x3 depthwise", "deformable"))
    assert plain.away is None and moved.away is not None and 0 <= moved.ap50 <= 1
    assert moved.macs > plain.macs and moved.cpu_s > 0


def test_what_is_there_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[str] = []

    def pretend(operator: str, seed: int, *_: object) -> AblationRun:
        trained.append(operator)
        return AblationRun(operator, seed, TRAINING.epochs, 0.1 * seed, 10, 20, 1.0, None)

    empty = dataset(tmp_path, 1)
    monkeypatch.setattr(ablation, "load_detection", lambda *_: (empty, empty))
    monkeypatch.setattr(ablation, "train_one", pretend)
    first = list(ablate([1, 2], tmp_path, tmp_path / "rows"))
    assert list(ablate([1, 2], tmp_path, tmp_path / "rows")) == first and len(trained) == 2 * len(OPERATORS)
    rows = summarise(first)
    assert [row.operator for row in rows] == list(OPERATORS)
    assert rows[0].mean == pytest.approx(0.15) and rows[0].spread == pytest.approx(0.1)
    with pytest.raises(DataError, match="a run of 2 epochs, expected 3"):
        list(ablate([1], tmp_path, tmp_path / "rows", TRAINING.lasting(3)))
    (tmp_path / "rows" / "free-1.json").write_text(json.dumps({"operator": "free"}))
    with pytest.raises(DataError, match=r"free-1\.json: not a row of this ablation"):
        list(ablate([1], tmp_path, tmp_path / "rows"))
    assert torch.get_num_threads() >= 1
