# SPDX-License-Identifier: Apache-2.0
"""A small residual block: compiled, with the words of all its streams from a model in numpy."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.hls.compiler import compile_kernel
from codesign.target import load_target
from sim.fast import from_lanes, write_words
from sim.manifest import Manifest, read_manifest, write_manifest
from tests.conformance.test_chain import scale_rows, scaled, taps

SOURCE = Path(__file__).with_name("residual.cpp")
FRAMES = 4
WORDS = 70  # per frame, at both ports
DEEP, SHALLOW = 24, 4


@dataclass(frozen=True)
class Residual:
    """A compiled block, and values (frames, words, lanes) by port and stream."""

    manifest: Manifest
    values: dict[str, NDArray[np.int64]]

    def write(self, folder: Path, **changed: NDArray[np.int64]) -> dict[str, Path]:
        """Write the words of all streams, some of them changed."""
        folder.mkdir(parents=True)
        for name, values in {**self.values, **changed}.items():
            stream = self.manifest.stream(name)
            write_words(folder / f"{name}.words", from_lanes(values, stream.lanes, stream.value_bits))
        return {name: folder / f"{name}.words" for name in self.values}


def compile_residual(folder: Path, kept: int = DEEP, seed: int = 1) -> Residual:
    """Compile the block with random weights; its frames and tensors are in the manifest."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    weights = random.integers(-8, 8, (6, 3, 3))
    np.save(folder / "weights.npy", weights.reshape(2, 3, 9).transpose(0, 2, 1).reshape(18, 3))
    np.save(folder / "scales.npy", scale_rows(6, 3))
    defines = {"KEPT": str(kept)}
    compile_kernel(
        SOURCE, "residual", include=[folder], defines=defines, target=load_target("pynq-z2"), out=folder / "hls"
    )
    manifest = read_manifest(folder / "hls" / "rtl" / "manifest.json")
    ports = tuple(replace(port, words_per_frame=WORDS, tensor=f"residual/{port.name}") for port in manifest.ports)
    manifest = read_manifest(write_manifest(replace(manifest, ports=ports)))
    return Residual(manifest, _model(random.integers(0, 256, (FRAMES, 5, 7, 6)), weights))


def _model(images: NDArray[np.int64], weights: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    windows = taps(images)
    sums = np.einsum("nyxcij,cij->nyxc", windows, weights)
    # two groups of three channels, and within a group the nine taps
    in_order = windows.reshape(FRAMES, 35, 2, 3, 9).transpose(0, 1, 2, 4, 3)
    values = {"x": images, "kept": images, "branch": images, "taps": in_order}
    values |= {"sums": sums, "scaled": scaled(sums), "y": images + scaled(sums)}
    return {name: array.reshape(FRAMES, -1, 3) for name, array in values.items()}
