# SPDX-License-Identifier: Apache-2.0
"""The lowered graphs of a search over channels: every combination of shares that meets in a stage is in one of them.

Groups that never meet in a stage are narrowed together, so that their graphs are few: a colouring.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from codesign.errors import UsageError
from codesign.search.retype import Reference
from codesign.search.table import Stage, stages
from quant.fliqs.space import Layer, Share, Space


@dataclass(frozen=True)
class References:
    """`graphs` by the share that the groups of each colour keep; of them the one with all channels is `whole`."""

    whole: Reference
    stages: tuple[Stage, ...]
    colours: Mapping[str, int]
    graphs: Mapping[tuple[Share, ...], Reference]

    def at(self, shares: Mapping[str, Share]) -> Reference:
        """A graph whose groups keep these shares; what the others keep is left open."""
        wanted = {self.colours[group]: share for group, share in shares.items()}
        return next(
            reference for key, reference in self.graphs.items() if all(key[c] == share for c, share in wanted.items())
        )


def references(build: Callable[[Mapping[str, int]], Reference], space: Space, layers: Sequence[Layer]) -> References:
    """Build every graph that the space needs: `build` is given how many channels each group keeps.

    Raises UsageError where a narrower network lowers to other layers.
    """
    whole = build({})
    found = tuple(stages(whole))
    shares = dict.fromkeys(o for d in space.decisions for o in d.options if isinstance(o, Share))
    if not shares:
        return References(whole, found, {}, {(): whole})
    counts = {group: count for layer in layers for group, count in layer.widths}
    colours = colouring(stage.channels for stage in found)
    graphs: dict[tuple[Share, ...], Reference] = {}
    for key in product(shares, repeat=1 + max(colours.values())):
        graphs[key] = build({group: key[colour].of(counts[group]) for group, colour in colours.items()})
        _require_alike(whole, graphs[key], key)
    return References(whole, found, colours, graphs)


def colouring(meetings: Iterable[Sequence[str]]) -> dict[str, int]:
    """Group -> colour, another one for each of those that meet; greedy, in the order of meeting."""
    near: dict[str, set[str]] = {}
    for groups in meetings:
        for group in groups:
            near.setdefault(group, set()).update(groups)
    found: dict[str, int] = {}
    for group, others in near.items():
        taken = {found[other] for other in others if other in found}
        found[group] = next(colour for colour in range(len(near)) if colour not in taken)
    return found


def _require_alike(whole: Reference, narrow: Reference, key: Sequence[Share]) -> None:
    kinds = ({t.name: type(node.op) for node in r.graph.nodes for t in node.outputs} for r in (whole, narrow))
    if next(kinds) != next(kinds):
        raise UsageError(
            f"--cost fps: with {' and '.join(share.name for share in key)} of the channels the network lowers to other "
            "layers than whole; leave such a share out of --widths, or use --cost bops"
        )
