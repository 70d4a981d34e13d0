# SPDX-License-Identifier: Apache-2.0
"""The policy given its target: choices that meet it and leave nothing of it unused, drawn by the policy's odds.

Independent distributions reach an exchange of bits between two decisions only through choices that miss the target,
and settle where no single change helps. Given the target they draw whole choices that cost alike, which quality alone
tells apart. The gradient of log p(choice | target), over draws whose advantages sum to 0, is that of log p(choice).
"""

from collections.abc import Callable, Sequence

import numpy as np

from quant.fliqs.policy import Array, Choice, Policy, certain

Meets = Callable[[Choice], bool]  # its target
ATTEMPTS = 6  # decisions that a step tries to raise; of four all, of thirty what the step has freed and a little more
STEPS, CLIMB = 8, 400  # between two draws; to the likeliest choice


def spent(choice: Choice, options: Sequence[int], meets: Meets, rng: np.random.Generator, attempts: int) -> Choice:
    """Lower decisions at random until the target is met, then raise so many others as far as it allows."""
    choice = choice.copy()
    while not meets(choice) and choice.any():
        choice[rng.choice(np.flatnonzero(choice))] -= 1
    for at in rng.permutation(len(choice))[:attempts]:
        while choice[at] + 1 < options[at]:
            choice[at] += 1
            if not meets(choice):
                choice[at] -= 1
                break
    return choice


def random_spent(options: Sequence[int], meets: Meets, rng: np.random.Generator) -> Choice:
    """A random choice that meets the target and leaves nothing of it."""
    return spent(rng.integers(options), options, meets, rng, len(options))


class Walk:
    """Markov chains (Metropolis) over the choices of a target, one a draw, which go on from step to step.

    Proposals, one decision changed and the target met again, are taken for symmetric, which they are only nearly.
    """

    def __init__(self, options: Sequence[int], meets: Meets, draws: int) -> None:
        self.options, self.meets, self.draws = options, meets, draws
        self.places: list[Choice] = []

    def draw(self, policy: Policy, rng: np.random.Generator) -> list[Choice]:
        """The next choices, at first from random places."""
        log_p = policy.log_probabilities()
        places = self.places or [random_spent(self.options, self.meets, rng) for _ in range(self.draws)]
        self.places = [self._walked(place, log_p, rng, np.log(rng.random(STEPS))) for place in places]
        return self.places

    def likeliest(self, policy: Policy) -> Choice:
        """From the likeliest place on uphill; a function of policy and places alone."""
        log_p = policy.log_probabilities()
        start = max(self.places, key=lambda place: _likelihood(place, log_p))
        rng = np.random.default_rng(0)
        found = self._walked(start, log_p, rng, np.zeros(CLIMB))
        return spent(found, self.options, self.meets, rng, len(found))

    def probabilities(self, policy: Policy) -> Array:
        """Of each option given the target, [decisions, options], by the places; before the first the policy's."""
        if not self.places:
            return policy.probabilities()
        found: Array = np.mean([certain(place, self.options) for place in self.places], axis=0)
        return found

    def _walked(self, place: Choice, log_p: Array, rng: np.random.Generator, bars: Array) -> Choice:
        """A proposal is taken where log p changes by more than its bar."""
        for bar in bars:
            other = self._beside(place, rng)
            place = other if _likelihood(other, log_p) - _likelihood(place, log_p) >= bar else place
        return place

    def _beside(self, place: Choice, rng: np.random.Generator) -> Choice:
        changed, at = place.copy(), int(rng.integers(len(place)))
        changed[at] = rng.integers(self.options[at])
        return spent(changed, self.options, self.meets, rng, ATTEMPTS)

    def state(self) -> list[list[int]]:
        """As JSON holds it."""
        return [place.tolist() for place in self.places]

    def load(self, state: Sequence[Sequence[int]]) -> None:
        """Take up a `state`."""
        self.places = [np.array(place) for place in state]


def _likelihood(choice: Choice, log_p: Array) -> float:
    return float(log_p[np.arange(len(choice)), choice].sum())
