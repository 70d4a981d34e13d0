# SPDX-License-Identifier: Apache-2.0
"""Recipes: everything that decides a trained network, in one TOML file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from networks.registry import find_network
from networks.training.config import TrainConfig
from quant.config import QuantConfig
from quant.errors import ConfigError, UnknownNetwork
from quant.toml import from_table, read_toml, suggest, to_toml

RECIPES = Path(__file__).parent / "recipes"
PRETRAINED = Path(__file__).parent / "pretrained"
CALIBRATION_BATCHES = 8


@dataclass(frozen=True)
class Recipe:
    """Train `network` on `dataset` in floats, then quantise it and go on training."""

    name: str
    network: str
    dataset: str
    seed: int
    float_training: TrainConfig
    quant: QuantConfig
    quant_training: TrainConfig

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> "Recipe":
        """Read the tables of a recipe; `name` (the file's) is what results are filed under."""
        wanted = ("network", "dataset", "seed", "float_training", "quant", "quant_training")
        for key in table:
            if key not in wanted:
                raise ConfigError(f"recipe {name}: unknown key {key!r}; {suggest(key, wanted)}")
        missing = [key for key in wanted if key not in table]
        if missing:
            raise ConfigError(f"recipe {name}: missing {', '.join(missing)}")
        return cls(
            name=name,
            network=find_network(table["network"]).name,
            dataset=table["dataset"],
            seed=table["seed"],
            float_training=from_table(TrainConfig, table["float_training"], f"recipe {name}: float_training"),
            quant=QuantConfig.from_table(table["quant"], f"recipe {name}: quant"),
            quant_training=from_table(TrainConfig, table["quant_training"], f"recipe {name}: quant_training"),
        )

    def resized(self, size: int | str) -> "Recipe":
        """The same for images of another side, in pixels."""
        return replace(self, name=f"{self.name}@{size}", network=find_network(f"{self.network}@{size}").name)

    def to_toml(self) -> str:
        """The text that reads back as an equal recipe."""
        table = {key: value for key, value in vars(self).items() if key != "name"}
        trainings = {key: asdict(table[key]) for key in ("float_training", "quant_training")}
        return to_toml(table | trainings | {"quant": self.quant.to_table()})


def recipe_names() -> list[str]:
    """The recipes that ship with the package."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Load a shipped recipe by name, or one from a `.toml` file."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not name.endswith(".toml") and name not in recipe_names():
        raise UnknownNetwork(
            f"recipe {name!r} is unknown; {suggest(name, recipe_names())}, or the path of a .toml file"
        )
    return Recipe.from_table(path.stem, read_toml(path))
