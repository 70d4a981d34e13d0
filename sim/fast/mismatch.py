# SPDX-License-Identifier: Apache-2.0
"""The first wrong value of a run, by the names that a reader knows."""

from dataclasses import dataclass

from sim.fast.outcome import Outcome, PortOutcome
from sim.fast.words import from_integers, to_lanes
from sim.manifest import Manifest


@dataclass(frozen=True)
class WrongValue:
    """A value that came out wrong: `lane` of `word` of `frame` of a port or tapped channel, all counted from 0.

    `cycle` is when the word passed. `tensor` names the value in the graph, where the manifest knows it.
    """

    stream: str
    tensor: str | None
    frame: int
    word: int
    lane: int
    got: int
    want: int
    cycle: int

    def __str__(self) -> str:
        name = self.stream if self.tensor in (None, self.stream) else f"{self.stream} ({self.tensor})"
        place = f"frame {self.frame}, word {self.word}, lane {self.lane}"
        return f"{name}: {place}: got {self.got}, want {self.want} (cycle {self.cycle})"


def first_wrong(outcome: Outcome, manifest: Manifest) -> WrongValue | None:
    """Return the wrong value that passed first, or None.

    A word can be wrong because of an earlier one, never because of a later one: with taps on every channel the first is
    where the fault is.
    """
    wrong = [port for port in outcome.ports if port.mismatches]
    if not wrong:
        return None
    return _wrong_value(min(wrong, key=lambda port: port.mismatches[0].cycle), manifest)


def _wrong_value(port: PortOutcome, manifest: Manifest) -> WrongValue:
    stream, mismatch = manifest.stream(port.name), port.mismatches[0]
    both = from_integers((int(mismatch.got, 16), int(mismatch.want, 16)), stream.bits)
    got, want = to_lanes(both, stream.lanes, stream.value_bits, signed=stream.signed).tolist()
    lane = next(i for i in range(stream.lanes) if got[i] != want[i])
    frame, word = divmod(mismatch.position, port.per_frame)
    return WrongValue(port.name, stream.tensor, frame, word, lane, got[lane], want[lane], mismatch.cycle)
