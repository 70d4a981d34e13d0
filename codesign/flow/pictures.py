# SPDX-License-Identifier: Apache-2.0
"""The user's pictures as frames: what a simulation may be run on instead of the frames that an export kept."""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from codesign.errors import UsageError
from codesign.ir import Tensor
from networks.detection.view import View
from quant.numerics import IntArray

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm")


def read_pictures(path: Path, tensor: Tensor, count: int) -> IntArray:
    """The first `count` frames [n, h, w, c] of a .npy file of bytes, or of a folder of pictures in the order of names.

    Pictures of other sizes are letterboxed, as in training. Raises UsageError where there are fewer, or other shapes.
    """
    frames = _array(path, tensor) if path.suffix == ".npy" else _folder(path, tensor, count)
    if len(frames) < count:
        raise UsageError(f"{path}: got {len(frames)} pictures; {count} frames are asked for: lower --frames")
    return frames[:count].astype(np.int64)


def _array(path: Path, tensor: Tensor) -> NDArray[np.uint8]:
    try:
        frames = np.load(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if frames.dtype != np.uint8 or frames.shape[1:] != tensor.shape:
        shape = ", ".join(map(str, tensor.shape))
        raise UsageError(f"{path}: got {frames.dtype} {list(frames.shape)}; expected uint8 [n, {shape}]")
    return np.asarray(frames, dtype=np.uint8)


def _folder(path: Path, tensor: Tensor, count: int) -> NDArray[np.uint8]:
    if not path.is_dir():
        raise UsageError(f"{path}: neither a folder of pictures nor a .npy file of frames")
    height, width, channels = tensor.shape
    if channels not in (1, 3) or height != width:
        raise UsageError(f"{tensor.name} is {list(tensor.shape)}; pictures are square, of 1 or 3 channels: give a .npy")
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    frames = [_letterboxed(file, height)[..., -channels:] for file in found[:count]]
    return np.stack(frames) if frames else np.zeros((0, *tensor.shape), np.uint8)


def _letterboxed(file: Path, side: int) -> NDArray[np.uint8]:
    try:
        with Image.open(file) as opened:
            pixels = np.asarray(opened.convert("RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise UsageError(f"{file}: not a readable picture ({error})") from error
    view = View.letterboxed(pixels.shape[1], pixels.shape[0], side)
    return view.render(pixels.transpose(2, 0, 1)).transpose(1, 2, 0)


def png(frame: IntArray) -> str:
    """A frame [h, w, 3] or [h, w, 1] of bytes as PNG in base64."""
    pixels = frame.astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0]).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()
