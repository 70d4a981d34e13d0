# SPDX-License-Identifier: Apache-2.0
"""What is decided: which weights and activations take one format together, and how many channels layers have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal, TypeAlias

from quant.errors import ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.policy import Choice
from quant.numerics.formats import Format


@dataclass(frozen=True)
class Slot:
    """Something that is decided: the format of a layer's weights, or of the tensors that share a grid (named by the
    first), or the number of channels of layers that share them (likewise).
    """

    kind: Literal["weight", "activation", "channels"]
    name: str

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"


@dataclass(frozen=True)
class Share:
    """How many of its channels a layer keeps: the first ones."""

    part: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.part <= 1:
            raise ConfigError(f"search: a share of {self.part} of the channels; above 0 and up to 1 is expected")

    @property
    def name(self) -> str:
        """As in a file: x3/4."""
        return f"x{self.part}"

    def of(self, channels: int) -> int:
        """One at least."""
        return max(1, round(self.part * channels))


Option: TypeAlias = Format | Share


@dataclass(frozen=True)
class Layer:
    """What costs are counted by: products of one image, weights, and the grid (or fixed bits) of its input.

    `widths` are the groups of channels, each with its number, that both are proportional to: twice, where a layer
    reads and makes one.
    """

    name: str
    macs: int
    weights: int
    reads: str
    fixed_input_bits: int | None = None  # of an image or a tensor whose format is not searched
    widths: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Grid:
    """Tensors on one grid; `makers` are the layers whose results they are."""

    name: str
    makers: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """One draw of the policy."""

    name: str
    slots: tuple[Slot, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Space:
    """All decisions, in the order of the network."""

    decisions: tuple[Decision, ...]

    @property
    def options(self) -> list[int]:
        """How many options each decision has."""
        return [len(decision.options) for decision in self.decisions]

    @property
    def at(self) -> dict[Slot, int]:
        """Which decision each slot belongs to."""
        return {slot: at for at, decision in enumerate(self.decisions) for slot in decision.slots}

    def chosen(self, choice: Choice | Sequence[int]) -> dict[Slot, Option]:
        """What every slot takes."""
        pairs = zip(self.decisions, choice, strict=True)
        return {slot: decision.options[int(at)] for decision, at in pairs for slot in decision.slots}

    def owners(self, slots: Iterable[Slot]) -> tuple[int, ...]:
        """The decisions that some slots belong to, each once."""
        at = self.at
        return tuple(dict.fromkeys(at[slot] for slot in slots))

    def combinations(self, slots: Sequence[Slot]) -> Iterator[tuple[tuple[int, ...], dict[Slot, Option]]]:
        """Every (option of each of their owners, what each slot takes)."""
        owner_of, owners = self.at, self.owners(slots)
        for at in product(*(range(len(self.decisions[owner].options)) for owner in owners)):
            taken = {owner: self.decisions[owner].options[option] for owner, option in zip(owners, at, strict=True)}
            yield at, {slot: taken[owner_of[slot]] for slot in slots}

    def describe(self, choice: Choice | Sequence[int]) -> dict[str, str]:
        """Decision -> option, for people and files."""
        pairs = zip(self.decisions, choice, strict=True)
        return {decision.name: decision.options[int(at)].name for decision, at in pairs}

    def choice_of(self, named: Mapping[str, str]) -> list[int]:
        """The inverse of `describe`. Raises ConfigError for another space's."""
        names = [decision.name for decision in self.decisions]
        if list(named) != names:
            raise ConfigError(f"search: got decisions {', '.join(named)}; expected {', '.join(names)}")
        found = []
        for decision in self.decisions:
            known = [option.name for option in decision.options]
            if named[decision.name] not in known:
                raise ConfigError(f"search: {decision.name} is {named[decision.name]}; expected {' or '.join(known)}")
            found.append(known.index(named[decision.name]))
        return found


def make_space(
    layers: Sequence[Layer],
    grids: Sequence[Grid],
    formats: Sequence[Format],
    config: FliqsConfig,
    shares: Sequence[Share] = (),
) -> Space:
    """Group the slots into decisions; with `shares`, each group of channels is one more. Raises ConfigError where
    nothing is to be decided.
    """
    if len(formats) < 2:
        raise ConfigError(f"search space of {len(formats)} formats: two or more are expected; nothing is to be chosen")
    if not layers:
        raise ConfigError("search: the network has no convolution or dense layer; nothing is to be chosen")
    groups = {Slot("weight", layer.name): _group(layer.name, "weight", config) for layer in layers}
    for grid in grids:
        maker = grid.makers[0] if config.together and grid.makers else grid.name
        groups[Slot("activation", grid.name)] = _group(maker, "activation", config)
        if config.together and config.granularity != "network":
            _unite(groups, [_group(name, "weight", config) for name in grid.makers])
    members: dict[str, list[Slot]] = {}
    for slot, group in groups.items():
        members.setdefault(group, []).append(slot)
    decisions = [Decision(name, tuple(slots), tuple(formats)) for name, slots in members.items()]
    if shares:
        widths = dict.fromkeys(name for layer in layers for name, _ in layer.widths)
        decisions += [Decision(f"{name} channels", (Slot("channels", name),), tuple(shares)) for name in widths]
    return Space(tuple(decisions))


def _group(name: str, kind: str, config: FliqsConfig) -> str:
    """The name of the decision that a layer's slot belongs to."""
    block = {"layer": name, "block": name.rpartition(".")[0] or name, "network": "network"}[config.granularity]
    return block if config.together else f"{block} {kind}"


def _unite(groups: dict[Slot, str], names: Sequence[str]) -> None:
    """Layers that write onto one grid decide together."""
    for slot, group in groups.items():
        if group in names:
            groups[slot] = names[0]
