# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: safetensors files, weights only (no code is ever loaded), with what they are of in the header."""

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from quant.errors import CheckpointError


def write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> None:
    """Write tensors and their description under a temporary name, then move the file into place."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    # copies, because safetensors refuses tensors that share memory
    separate = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    try:
        partial.write_bytes(save(separate, metadata=dict(about)))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a safetensors file: its tensors and its description."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors checkpoint ({error})") from error


def save_weights(path: Path, state: Mapping[str, Tensor], network: str, stage: str) -> None:
    """Save a state dict; `stage` says which module it fits: "float", or the quantised one's "qat"."""
    write_tensors(path, state, {"network": network, "stage": stage})


def load_weights(model: nn.Module, path: Path, network: str, stage: str) -> None:
    """Load a checkpoint into `model`. One of another network, stage or shape is refused, and non-finite weights too."""
    tensors, about = read_tensors(path)
    found = (about.get("network"), about.get("stage"))
    if found != (network, stage):
        raise CheckpointError(f"{path}: got a checkpoint of {found[0]} ({found[1]}); expected {network} ({stage})")
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{path}: {name} holds values that are not finite; train again")
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        _, _, first = str(error).partition("\n\t")  # torch lists every mismatch, one a line
        raise CheckpointError(f"{path}: does not fit {network} as configured: {first.splitlines()[0]}") from error
    if missing or unexpected:
        raise CheckpointError(
            f"{path}: does not fit {network} as configured: {len(missing)} tensors missing {missing[:3]}, "
            f"{len(unexpected)} unknown {unexpected[:3]}; was it trained with another quantisation config?"
        )
