# SPDX-License-Identifier: Apache-2.0
"""FIFO depths that never hold a frame up, as few words as that takes.

Let the source send its words evenly at the rate of the slowest process, into FIFOs without end: each then holds some
number of words at most. FIFOs of these depths can follow that run exactly, so that nothing blocks; and as nothing ever
happens later because a word comes earlier, they keep the full rate for any faster source. From there, groups of FIFOs
are made shallow as long as the rate stays. In the end the promised words alone, without the room that our RTL adds, are
enough to finish every frame.
"""

from collections.abc import Mapping, Sequence

from codesign.errors import FoldError
from codesign.fold.design import Design
from codesign.fold.model import FRAMES, NOMINAL_EXTRA, Link, TokenModel
from codesign.kernels import Window

LEAST = 2
QUICK = 2  # frames of a run; in short ones their interval is not yet the steady one
SHALLOW = 16  # words that one LUT a bit holds: making such a FIFO shallower saves nothing
LOSS = 0.003  # of the rate, given for shallower FIFOs: the refilling of a window between frames
CLOSE = 8  # the search ends within an eighth of the least depth
MOST_STEPS = 800_000_000  # iterations that the search may simulate, largest FIFOs first: under a minute


def size_fifos(design: Design, links: Mapping[str, Link] | None = None) -> Design:
    """The design with a depth for each internal channel."""
    depths = _searched(design, links, QUICK)
    if not _steady(design, links, depths):
        depths = _searched(design, links, FRAMES)
    return design.with_depths(depths)


def _searched(design: Design, links: Mapping[str, Link] | None, frames: int) -> dict[str, int]:
    """Depths that keep the interval between the last two of so many frames."""
    with TokenModel(design, links, frames=frames) as model:
        depths = _ample(model)
        search = _Search(model, depths, _limit(model, depths))
        search.shrink(sorted(design.internal, key=lambda name: -depths[name] * design.channels[name].stream.bits))
        depths = search.depths
        if model.run_with({**dict.fromkeys(design.channels, LEAST), **depths}).stuck:
            depths = {name: depth + NOMINAL_EXTRA for name, depth in depths.items()}  # what the search had as room
    return depths


def _steady(design: Design, links: Mapping[str, Link] | None, depths: Mapping[str, int]) -> bool:
    """Whether depths keep the steady rate too, where that takes little to see: in long frames it is the second's."""
    if FRAMES * sum(process.kernel.cycles for process in design.processes) > MOST_STEPS // 10:
        return True
    with TokenModel(design, links, frames=FRAMES) as model:
        return model.run(depths).frame_cycles <= _limit(model, _ample(model))


def _limit(model: TokenModel, ample: Mapping[str, int]) -> int:
    return int(model.run(ample).frame_cycles * (1 + LOSS))


def _ample(model: TokenModel) -> dict[str, int]:
    """Before a window, room for the next frame's first rows: it takes them while it ends the frame before."""
    design = model.design
    endless = {name: 4 * channel.stream.words for name, channel in design.channels.items()}
    most = model.run_with(endless, pace=design.cycles).most
    ahead = {p.inputs[0]: p.kernel.span for p in design.processes if isinstance(p.kernel, Window)}
    return {name: max(LEAST, most[name], ahead.get(name, 0)) for name in design.internal}


class _Search:
    """Depths that are known to serve."""

    def __init__(self, model: TokenModel, depths: dict[str, int], limit: int) -> None:
        self.model, self.depths, self.limit, self.steps = model, depths, limit, 0

    def shrink(self, group: Sequence[str]) -> None:
        """Make the channels of a group as shallow as they may be, many at once where that serves."""
        group = [name for name in group if self.depths[name] > SHALLOW]
        if not group or self._serves(dict.fromkeys(group, SHALLOW)):
            return
        if len(group) == 1:
            self._bisect(group[0])
            return
        middle = len(group) // 2
        self.shrink(group[:middle])
        self.shrink(group[middle:])

    def _bisect(self, name: str) -> None:
        low = SHALLOW  # does not serve
        while self.depths[name] - low > max(1, low // CLOSE):
            middle = (low + self.depths[name]) // 2
            if not self._serves({name: middle}):
                low = middle

    def _serves(self, change: Mapping[str, int]) -> bool:
        """Whether the full rate stays, as far as the search goes; if so, the change is kept."""
        if self.steps > MOST_STEPS:
            return False
        depths = {**self.depths, **change}
        run = self.model.run(depths)
        self.steps += sum(run.issued.values())
        if run.stuck or run.frame_cycles > self.limit:
            return False
        self.depths = depths
        return True


def check_fifos(design: Design, links: Mapping[str, Link] | None = None) -> str:
    """A warning where only the room that our RTL adds prevents a deadlock, else nothing.

    Raises FoldError, naming who waits for what, where the design stands still with that room too.
    """
    with TokenModel(design, links) as model:
        run = model.run()
        if run.stuck:
            raise FoldError(f"the design comes to a standstill: {_story(design, run.waiting)}")
        promised = {name: channel.depth for name, channel in design.channels.items()}
        bare = model.run_with(promised)
    if not bare.stuck:
        return ""
    story = _story(design, bare.waiting)
    return f"with the promised depths alone, as a vendor's tool builds FIFOs, it stands still: {story}"


def _story(design: Design, waiting: Mapping[str, Sequence[str]]) -> str:
    """Which FIFOs are full, and who waits for them."""
    full = {
        name: process.name
        for process in design.processes
        for name in waiting.get(process.name, ())
        if name in process.outputs
    }
    listed = ", ".join(
        f"'{name}' (depth {design.channels[name].depth}, written by {who})" for name, who in full.items()
    )
    return f"full are {listed}; give them more words in [fifos] of the folding file, or leave them to the solver"
