# SPDX-License-Identifier: Apache-2.0
"""Speed of a run over several frames."""

from sim.fast.outcome import Outcome


def cycles_per_frame(outcome: Outcome) -> float | None:
    """Return the steady state's cycles from frame to frame: of the second half of them, at the slowest output.

    None where no output has finished two frames.
    """
    outputs = [port.frame_last for port in outcome.ports if port.direction == "out"]
    spans = [_mean_step(lasts[len(lasts) // 2 - (len(lasts) == 2) :]) for lasts in outputs if len(lasts) > 1]
    return max(spans, default=None)


def frame_latencies(outcome: Outcome) -> list[int]:
    """Return, for every finished frame, the cycles from its first word in to its last word out, both counted."""
    firsts = [port.frame_first for port in outcome.ports if port.direction == "in"]
    lasts = [port.frame_last for port in outcome.ports if port.direction == "out"]
    if not firsts or not lasts:
        return []
    frames = min(map(len, lasts))
    return [max(last[n] for last in lasts) - min(first[n] for first in firsts) + 1 for n in range(frames)]


def _mean_step(cycles: tuple[int, ...]) -> float:
    return (cycles[-1] - cycles[0]) / (len(cycles) - 1)
