# SPDX-License-Identifier: Apache-2.0
"""The controller on toy rewards whose best choice is known; its parts by hand."""

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from quant.errors import CheckpointError, ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.controller import Controller
from quant.fliqs.entropy import entropy_weight
from quant.fliqs.policy import Choice, Policy, entropies
from quant.fliqs.reward import quality_of, reward_of

CONFIG = FliqsConfig(reward="absolute", beta=2.0, entropy_weight=0.1)
OPTIONS = (5, 5, 3, 5, 2, 5)
BITS = np.array([2.0, 3.0, 4.0, 6.0, 8.0])
SENSITIVITY = np.array([80.0, 10.0, 40.0, 5.0, 20.0, 1.0])
WANTED = np.array([1, 4, 2, 0, 1, 3])
BUDGET = 24.0


def _agreement(choice: Choice) -> float:
    return float((choice == WANTED).mean())


def _under_budget(choice: Choice) -> float:
    """Less loss with more bits, by how sensitive a decision is; the sum of bits has a target."""
    return reward_of(-float((SENSITIVITY * 4.0 ** -BITS[choice]).sum()), float(BITS[choice].sum()) / BUDGET, CONFIG)


def _go_on(controller: Controller, reward: Callable[[Choice], float], until: int) -> list[list[int]]:
    drawn = []
    while controller.step < until:
        choice = controller.sample()
        drawn.append(choice.tolist())
        if controller.warming_up or controller.settled:
            controller.end_step()
            continue
        choices = [choice, *(controller.sample() for _ in range(controller.config.draws - 1))]
        controller.learn(choices, [reward(choice) for choice in choices])
        controller.end_step()
    return drawn


def test_the_known_best_choice_is_found_by_20_of_20_seeds() -> None:
    for seed in range(20):
        controller = Controller(OPTIONS, 1500, CONFIG, seed)
        _go_on(controller, _agreement, 1500)
        assert controller.policy.mode().tolist() == WANTED.tolist(), f"seed {seed}"
        assert entropies(controller.policy.probabilities()).max() < 0.3


def test_draws_of_a_step_are_each_others_baseline() -> None:
    """Noise that all draws of a step share, ten times what they differ by, is no matter to them, and is to one draw."""
    noise, found = np.random.default_rng(0), []
    for draws in (1, 4):
        controller = Controller(OPTIONS, 400, replace(CONFIG, draws=draws, entropy_weight=0.0), 1)
        while controller.step < 400:
            choices = [controller.sample() for _ in range(draws)]
            shared = 10 * float(noise.normal())
            if not controller.warming_up:
                controller.learn(choices, [_agreement(choice) + shared for choice in choices])
            controller.end_step()
        found.append(_agreement(controller.policy.mode()))
    assert found[1] == 1 > found[0]


def test_a_budget_that_couples_the_decisions_is_met_by_20_of_20_seeds() -> None:
    """Every seed ends among the best 1 % of all 3,750 choices (exchanges of bits between decisions are local best)."""
    every = [_under_budget(np.array(choice)) for choice in itertools.product(*map(range, OPTIONS))]
    bar = np.quantile(every, 0.99)
    for seed in range(20):
        controller = Controller(OPTIONS, 1500, CONFIG, seed)
        _go_on(controller, _under_budget, 1500)
        assert _under_budget(controller.policy.mode()) >= bar, f"seed {seed}"


def test_resuming_in_the_middle_gives_the_same_trajectory() -> None:
    whole = Controller(OPTIONS, 200, CONFIG, 3)
    drawn = _go_on(whole, _under_budget, 200)
    stopped = Controller(OPTIONS, 200, CONFIG, 3)
    first = _go_on(stopped, _under_budget, 120)
    resumed = Controller(OPTIONS, 200, CONFIG, 99)
    resumed.load(json.loads(json.dumps(stopped.state())))
    assert first + _go_on(resumed, _under_budget, 200) == drawn
    assert (resumed.policy.logits == whole.policy.logits).all()


def test_another_space_is_refused() -> None:
    state = Controller(OPTIONS, 10, CONFIG).state()
    with pytest.raises(CheckpointError, match=r"policy of \(6, 5\).*another search space"):
        Controller((5, 5), 10, CONFIG).load(state)


def test_the_warm_up_is_uniform_and_teaches_nothing() -> None:
    controller = Controller((3, 2), 4000, replace(CONFIG, warmup=0.75), 1)
    drawn = np.array(_go_on(controller, _agreement, 3000))
    assert np.abs(np.bincount(drawn[:, 0], minlength=3) - 1000).max() < 120
    assert drawn[:, 1].max() == 1
    assert not controller.policy.logits.any() and not controller.warming_up


def test_the_end_trains_the_mode_and_teaches_nothing() -> None:
    controller = Controller(OPTIONS, 1500, replace(CONFIG, settle=0.3), 1)
    _go_on(controller, _agreement, 1050)
    assert controller.settled and entropies(controller.policy.probabilities()).max() < 0.3  # the penalty is whole there
    logits = controller.policy.logits.copy()
    assert _go_on(controller, _agreement, 1500) == [WANTED.tolist()] * 450
    assert (controller.policy.logits == logits).all()


def test_the_penalty_makes_the_policy_decide() -> None:
    found = []
    for weight in (0.0, 0.5):
        controller = Controller(OPTIONS, 600, replace(CONFIG, entropy_weight=weight), 1)
        _go_on(controller, _under_budget, 600)
        found.append(entropies(controller.policy.probabilities()).mean())
    assert found[1] < 0.2 < found[0] / 2


def test_slopes_are_the_derivatives() -> None:
    policy, choice, h = Policy((2, 3)), np.array([1, 2]), 1e-6
    policy.logits = np.array([[0.3, -0.2, 0.0], [0.5, 0.1, -0.7]])

    def measures() -> tuple[float, float]:
        logs = np.log(policy.probabilities()[np.arange(2), choice])
        return float(logs.mean()), float(entropies(policy.probabilities()).mean())

    slopes = policy.slopes(choice)
    for at in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]:
        before = measures()
        policy.logits[at] += h
        moved = [(after - was) / h for after, was in zip(measures(), before, strict=True)]
        policy.logits[at] -= h
        assert moved == pytest.approx([slope[at] for slope in slopes], abs=1e-5)


def test_a_new_policy_is_uniform() -> None:
    policy = Policy((2, 3))
    assert entropies(policy.probabilities()).tolist() == pytest.approx([math.log(2), math.log(3)])
    assert policy.probabilities()[0, 2] == 0
    with pytest.raises(ConfigError, match="one or more of each"):
        Policy(())


def test_rewards() -> None:
    def of(name: str, beta: float, ratio: float) -> float:
        return reward_of(0.8, ratio, FliqsConfig(reward=name, beta=beta, quality="likelihood"))

    assert of("absolute", 1.0, 3.0) == pytest.approx(-1.2)
    assert of("absolute", 1.0, 0.5) == pytest.approx(0.3)
    assert of("one-sided", 1.0, 0.5) == pytest.approx(0.8)
    assert of("soft", -0.5, 4.0) == pytest.approx(0.4)
    assert of("soft", -0.5, 0.25) == pytest.approx(1.6)
    assert of("hard", -0.5, 0.25) == pytest.approx(0.8)
    assert quality_of(0.5, FliqsConfig()) == -0.5


def test_schedules() -> None:
    def at(name: str) -> list[float]:
        config = FliqsConfig(entropy_schedule=name, entropy_weight=2.0)
        return [entropy_weight(progress, config) for progress in (-0.1, 0.0, 0.25, 0.5, 1.0)]

    assert at("cosine") == pytest.approx([0, 0, 1 - math.sqrt(0.5), 1, 2])
    assert at("linear") == pytest.approx([0, 0, 0.5, 1, 2])
    assert at("constant") == pytest.approx([0, 2, 2, 2, 2])
    assert at("heaviside") == pytest.approx([0, 0, 0, 2, 2])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("warmup", 1.0, "warmup is 1.0"),
        ("reward", "best", "reward is 'best'"),
        ("reward", "soft", "negative exponent"),
        ("beta", -1.0, "positive weight"),
        ("draws", 0, "draws is 0"),
        ("settle", 0.75, "settle is 0.75"),
        ("entropy_schedule", "steps", "entropy_schedule is 'steps'"),
        ("granularity", "channel", "granularity is 'channel'"),
    ],
)
def test_bad_configs(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        FliqsConfig(**{key: value})  # type: ignore[arg-type]
