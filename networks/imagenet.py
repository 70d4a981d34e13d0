# SPDX-License-Identifier: Apache-2.0
"""ImageNet weights of a ShuffleNetV2 that the user has on disk, into the backbone of ours.

Files of torchvision and of pytorchcv are read (the latter made CoDeNet's): the same layers under other names.
"""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from networks.shufflenet_v2 import ShuffleNetV2Backbone
from quant.errors import CheckpointError

# the layers of a unit in a file, and where we have them: `shortcut` and `branch` of networks.shufflenet_v2
TORCHVISION = {
    **{f"branch1.{i}": f"shortcut.{i}" for i in (0, 1)},
    **{f"branch1.{i}": f"shortcut.2.{i - 2}" for i in (2, 3)},
    **{f"branch2.{i}": f"branch.0.{i}" for i in (0, 1)},
    **{f"branch2.{i}": f"branch.{i - 2}" for i in (3, 4)},
    **{f"branch2.{i}": f"branch.3.{i - 5}" for i in (5, 6)},
}
PYTORCHCV = {
    "dw_conv4": "shortcut.0", "dw_bn4": "shortcut.1", "expand_conv5": "shortcut.2.0", "expand_bn5": "shortcut.2.1",
    "compress_conv1": "branch.0.0", "compress_bn1": "branch.0.1", "dw_conv2": "branch.1", "dw_bn2": "branch.2",
    "expand_conv3": "branch.3.0", "expand_bn3": "branch.3.1",
}  # fmt: skip
ENDS = {
    "conv1": "stem", "conv5": "last",
    "features.init_block.conv.conv": "stem.0", "features.init_block.conv.bn": "stem.1",
    "features.final_block.conv": "last.0", "features.final_block.bn": "last.1",
}  # fmt: skip
UNIT = re.compile(r"(?:features\.)?stage(\d)\.(unit)?(\d+)\.(.+)\.(\w+)")
LEFT_OUT = ("fc.", "output.")  # the classifier


def load_backbone(model: nn.Module, path: Path) -> None:
    """Load weights of the same width into the network's backbone. Raises CheckpointError for any other file."""
    backbone = getattr(model, "backbone", None)
    if not isinstance(backbone, ShuffleNetV2Backbone):
        raise CheckpointError(f"{path}: {type(model).__name__} has no ShuffleNetV2 backbone to load it into")
    stored = {renamed(name): value for name, value in _read(path).items() if not name.startswith(LEFT_OUT)}
    wanted = backbone.state_dict()
    for name in (key for key in wanted if not key.startswith("normalise.") and not key.endswith("batches_tracked")):
        if name not in stored or stored[name].shape != wanted[name].shape:
            got = tuple(stored[name].shape) if name in stored else "nothing"
            raise CheckpointError(f"{path}: {name} wants {tuple(wanted[name].shape)}, got {got}; is it of this width?")
        wanted[name] = stored[name]
    backbone.load_state_dict(wanted)


def renamed(name: str) -> str:
    """Our name of a tensor of torchvision's or pytorchcv's network; its own where it is neither's."""
    found = UNIT.fullmatch(name)
    if found:
        stage, cv, unit, layer, tensor = found.groups()
        first = 1 if cv else 2  # pytorchcv counts stages and units from 1, torchvision stages from 2 and units from 0
        ours = (PYTORCHCV if cv else TORCHVISION).get(layer, layer)
        return f"stages.{int(stage) - first}.{int(unit) - bool(cv)}.{ours}.{tensor}"
    prefix = next((prefix for prefix in ENDS if name.startswith(f"{prefix}.")), "")
    return ENDS[prefix] + name.removeprefix(prefix) if prefix else name


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable file of weights ({error})") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: holds no state dict; save model.state_dict()")
    return state
