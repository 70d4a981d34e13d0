# SPDX-License-Identifier: Apache-2.0
"""The policy: one free categorical distribution a decision, independent of all others, without state.

In numpy with derivatives by hand: autograd and torch's optimisers take milliseconds for these few numbers, which would
show beside a training step.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from quant.errors import ConfigError

Array = npt.NDArray[np.float64]
Choice = npt.NDArray[np.int64]  # [decisions]: which option each takes


class Policy:
    """Logits [decisions, most options], equal at the start; what a decision has no option for is never drawn."""

    def __init__(self, options: Sequence[int]) -> None:
        if not options or min(options) < 1:
            raise ConfigError(f"policy: got decisions with {list(options)} options; one or more of each is expected")
        self.options = tuple(options)
        self.missing = np.arange(max(options)) >= np.array(options)[:, None]
        self.logits: Array = np.zeros(self.missing.shape)

    def probabilities(self) -> Array:
        """[decisions, options]."""
        logits = np.where(self.missing, -np.inf, self.logits)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        normalised: Array = weights / weights.sum(axis=1, keepdims=True)
        return normalised

    def log_probabilities(self) -> Array:
        """Their logarithms; -inf for what a decision has no option for, finite for all else."""
        return np.where(self.missing, -np.inf, _logs(self.probabilities()))

    def mode(self) -> Choice:
        """The most likely option of each decision; of equals the first."""
        return np.asarray(self.probabilities().argmax(axis=1), np.int64)

    def sample(self, rng: np.random.Generator) -> Choice:
        """One option a decision."""
        return _drawn(self.probabilities(), rng)

    def sample_uniform(self, rng: np.random.Generator) -> Choice:
        """The same, all options alike."""
        return _drawn(~self.missing / (~self.missing).sum(axis=1, keepdims=True), rng)

    def slopes(self, choice: Choice) -> tuple[Array, Array]:
        """The derivatives by the logits of two means over the decisions: of log p(choice), and of the entropy."""
        probabilities, count = self.probabilities(), len(choice)
        log_probability = -probabilities
        log_probability[np.arange(count), choice] += 1
        entropy = -probabilities * (_logs(probabilities) + entropies(probabilities)[:, None])
        return log_probability / count, entropy / count


def certain(choice: Choice, options: Sequence[int]) -> Array:
    """The probabilities of what is decided, [decisions, most options]."""
    return np.asarray(np.eye(max(options))[choice], np.float64)


def entropies(probabilities: Array) -> Array:
    """Of each decision, in nats, [decisions]."""
    found: Array = -(probabilities * _logs(probabilities)).sum(axis=1)
    return found


def _logs(probabilities: Array) -> Array:
    """log p, finite where p is 0."""
    logs: Array = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
    return logs


def _drawn(probabilities: Array, rng: np.random.Generator) -> Choice:
    """By the inverse of the cumulative distribution; a sum that rounding leaves below 1 draws no missing option."""
    reached = (probabilities.cumsum(axis=1) <= rng.random((len(probabilities), 1))).sum(axis=1)
    options = probabilities.shape[1]
    last = options - 1 - (probabilities > 0)[:, ::-1].argmax(axis=1)
    return np.asarray(np.minimum(reached, last), np.int64)
