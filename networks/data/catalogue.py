# SPDX-License-Identifier: Apache-2.0
"""The classification sets that a recipe may name."""

from collections.abc import Callable
from pathlib import Path

from networks.data.cifar10 import cifar10
from networks.data.colour_digits import colour_digits
from networks.data.digits import digits
from networks.data.images import ClassificationData
from quant.errors import DataError

# name -> loader; its folder is where the set is kept (built-in sets are made there on first use)
DATASETS: dict[str, Callable[[Path], ClassificationData]] = {
    "digits": lambda _folder: digits(),
    "colour-digits": colour_digits,
    "cifar10": cifar10,
}


def load_classification(name: str, folder: Path) -> ClassificationData:
    """Load a set by name from `folder`."""
    if name not in DATASETS:
        raise DataError(f"data set {name!r} is unknown; expected one of {', '.join(DATASETS)}")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: not a folder; name the one that holds data sets with --data")
    return DATASETS[name](folder)
