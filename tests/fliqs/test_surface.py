# SPDX-License-Identifier: Apache-2.0
"""Choices of a target: all of it is spent, they are drawn by the policy's odds, and the best of them is found."""

import itertools
import json

import numpy as np
import pytest

from quant.fliqs.config import FliqsConfig
from quant.fliqs.controller import Controller
from quant.fliqs.policy import Choice, Policy
from quant.fliqs.surface import Walk, spent

OPTIONS = (5, 5, 3, 5, 2, 5)
BITS = np.array([2.0, 3.0, 4.0, 6.0, 8.0])
SENSITIVITY = np.array([80.0, 10.0, 40.0, 5.0, 20.0, 1.0])
BUDGET = 24.0


def _loss(choice: Choice) -> float:
    return float((SENSITIVITY * 4.0 ** -BITS[choice]).sum())


def _meets(choice: Choice) -> bool:
    return bool(BITS[choice].sum() <= BUDGET)


def _surface() -> list[tuple[int, ...]]:
    """All choices that meet the target and can raise no decision."""
    every = [np.array(choice) for choice in itertools.product(*map(range, OPTIONS))]
    return [tuple(c.tolist()) for c in every if _meets(c) and not any(_meets(more) for more in _raised(c))]


def _raised(choice: Choice) -> list[Choice]:
    return [choice + one for one in np.eye(len(choice), dtype=int) if (choice + one < OPTIONS).all()]


def test_what_is_left_of_a_target_is_spent() -> None:
    rng, surface = np.random.default_rng(0), set(_surface())
    found = {tuple(spent(rng.integers(OPTIONS), OPTIONS, _meets, rng, 6).tolist()) for _ in range(4000)}
    assert found <= surface and len(found) > 0.9 * len(surface)


def test_draws_follow_the_policy() -> None:
    """Shares of 6,000 draws against p(choice) over its sum on the surface; proposals are symmetric but nearly."""
    policy, rng, surface = Policy(OPTIONS), np.random.default_rng(1), _surface()
    policy.logits = np.where(policy.missing, 0, rng.normal(size=policy.logits.shape))
    log_p = policy.log_probabilities()
    weights = np.exp([log_p[np.arange(6), choice].sum() for choice in surface])
    walk = Walk(OPTIONS, _meets, 20)
    drawn = [tuple(place.tolist()) for _ in range(300) for place in walk.draw(policy, rng)]
    shares = np.array([drawn.count(choice) for choice in surface]) / len(drawn)
    distance = np.abs(shares - weights / weights.sum()).sum() / 2
    uniform = np.abs(shares - 1 / len(surface)).sum() / 2
    assert distance < 0.3 < 0.4 < uniform
    assert tuple(walk.likeliest(policy).tolist()) == surface[int(weights.argmax())]


def test_the_best_of_a_target_is_found_in_few_noisy_steps() -> None:
    """Noise a third as great as what choices differ by: 10 of 10 seeds end on one of the best four of 321."""
    config = FliqsConfig(reward="one-sided", draws=4, learning_rate=0.05, warmup=0.0, on_target=True)
    values = sorted(_loss(np.array(choice)) for choice in _surface())
    deviation = 0.3 * float(np.std(values))
    for seed in range(10):
        controller, walk, noise = Controller(OPTIONS, 300, config, seed), Walk(OPTIONS, _meets, 4), _noise(seed)
        while controller.step < 300:
            choices = walk.draw(controller.policy, controller.rng)
            controller.learn(choices, [-_loss(choice) - deviation * float(noise.normal()) for choice in choices])
            controller.end_step()
        assert _loss(walk.likeliest(controller.policy)) <= values[3], f"seed {seed}"


def _noise(seed: int) -> np.random.Generator:
    return np.random.default_rng(1000 + seed)


def test_a_walk_goes_on_where_it_stopped() -> None:
    policy, walk, other = Policy(OPTIONS), Walk(OPTIONS, _meets, 3), Walk(OPTIONS, _meets, 3)
    walk.draw(policy, np.random.default_rng(0))
    other.load(json.loads(json.dumps(walk.state())))
    after = [one.draw(policy, np.random.default_rng(5)) for one in (walk, other)]
    assert np.array_equal(*after)
    assert (Walk(OPTIONS, _meets, 3).probabilities(policy) == policy.probabilities()).all()
    assert walk.probabilities(policy).sum(axis=1) == pytest.approx(1)
