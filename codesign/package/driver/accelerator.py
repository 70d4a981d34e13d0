# SPDX-License-Identifier: Apache-2.0
"""The accelerator in the programmable logic: check it, feed it, time it, read what it means."""

from __future__ import annotations  # PYNQ 2.7 brings Python 3.8

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Mapping  # noqa: UP035  see above

import numpy as np
from pynq import Overlay

from .decode import Detections, decode_logits  # type: ignore[import-not-found]  # networks/detection's, see board.py
from .ports import AcceleratorError, AcceleratorTimeout, Port
from .transfers import Receiver, Sender, Transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

MM2S_CONTROL, S2MM_CONTROL = 0x00, 0x30  # AXI DMA (PG021): the control registers of the channels that there are,
MAPS = 3  # of a detector
DMA_RESET = 0x04  # and their bit that resets the whole engine


class Accelerator:
    """The accelerator, loaded and ready; `timing` tells of the last batch.

    Raises AcceleratorError when the bitstream is none of ours, or was built from another design than this folder's.
    """

    def __init__(self, bitstream: str | Path = "overlay.bit", timeout_s: float = 10.0) -> None:
        self.design = json.loads(Path(__file__).with_name("design.json").read_text(encoding="utf-8"))
        self.timeout_s = timeout_s
        self.timing: dict[str, float] = {}
        self.inputs = [Port.of(entry) for entry in self.design["inputs"]]
        self.outputs = [Port.of(entry) for entry in self.design["outputs"]]
        self.overlay = Overlay(str(bitstream))
        self._core = self.overlay.accelerator
        self._check_bitstream(str(bitstream))
        self._transfers: list[Transfers] = [
            *(Receiver(self._engine(i).recvchannel, port) for i, port in enumerate(self.outputs)),
            *(Sender(self._engine(i).sendchannel, port) for i, port in enumerate(self.inputs)),
        ]
        self.reset()

    def _engine(self, index: int) -> Any:
        return getattr(self.overlay, f"dma_{index}")

    # ---- registers --------------------------------------------------------------------------------------------

    def read(self, register: str) -> int:
        """Read a register by its name."""
        return int(self._core.read(self.design["registers"][register]))

    def write(self, register: str, value: int) -> None:
        """Write a register by its name."""
        self._core.write(self.design["registers"][register], value)

    def cycles(self) -> int:
        """Clock cycles with a frame under way, since the last reset."""
        low = self.read("CYCLES")  # reading the low half holds the high half
        return self.read("CYCLES_HIGH") << 32 | low

    def _check_bitstream(self, bitstream: str) -> None:
        for register, wanted in (("MAGIC", self.design["magic"]), ("VERSION", self.design["version"])):
            if (found := self.read(register)) != wanted:
                raise AcceleratorError(
                    f"{bitstream}: {register} reads 0x{found:08X}, expected 0x{wanted:08X}; this is no bitstream of "
                    "this version of codesign: build it with the vivado.tcl that came with this folder"
                )
        words = [self.read(f"HASH{i}") for i in range(len(self.design["hash_words"]))]
        if words != self.design["hash_words"]:
            built = b"".join(word.to_bytes(4, "little") for word in words).hex()
            raise AcceleratorError(
                f"{bitstream}: built from design {built}, this folder is for {self.design['hash'][: len(built)]}; "
                "copy the bitstream and this folder from one export"
            )

    def reset(self) -> None:
        """Forget every frame under way; bring the core, its counters and the DMA engines to their first state."""
        controls = [(self._engine(i), MM2S_CONTROL) for i in range(len(self.inputs))]
        controls += [(self._engine(i), S2MM_CONTROL) for i in range(len(self.inputs), len(self.outputs))]
        for engine, control in controls:
            engine.write(control, DMA_RESET)
        self._until(lambda: not any(engine.read(at) & DMA_RESET for engine, at in controls), "a DMA engine")
        self.write("CONTROL", 1)  # last: an engine under way would push the rest of its frame into the fresh core
        self._until(lambda: not self.read("CONTROL") & 1, "the core")
        for transfers in self._transfers:
            transfers.channel.start()

    def _until(self, ready: Callable[[], bool], who: str) -> None:
        end = time.monotonic() + self.timeout_s
        while not ready():
            if time.monotonic() > end:
                raise AcceleratorTimeout(f"{who} does not come out of reset; load the bitstream again")

    # ---- running ----------------------------------------------------------------------------------------------

    def preprocess(self, images: Any) -> NDArray[np.uint8]:
        """Images, as the network was trained on them, -> uint8 [n, h, w, c].

        Takes uint8 [n, h, w, c] or [h, w, c], where c is 1 without it too, and what numpy turns into these. The
        network's normalisation is part of the hardware, so plain bytes are what it wants.
        """
        array = np.asarray(images)
        h, w, c = self.inputs[0].shape
        if array.dtype != np.uint8:
            raise AcceleratorError(f"images: got {array.dtype}; bytes (uint8, 0 to 255) are expected")
        if c == 1 and array.shape[-2:] == (h, w):
            array = array[..., None]
        if array.ndim == 3:
            array = array[None]
        if array.shape[1:] != (h, w, c):
            raise AcceleratorError(
                f"images: got {list(array.shape)}; [n, {h}, {w}, {c}] is expected, channels last: "
                "resize with PIL's Image.resize, turn [n, c, h, w] with transpose(0, 2, 3, 1)"
            )
        return array

    def predict(self, images: Any) -> Any:
        """Images (see `preprocess`) -> the network's integers: int64 [n, h, w, c], or [n, c] where h and w are 1.

        A network of several outputs gives a dictionary by their names.
        """
        if len(self.inputs) != 1:
            raise AcceleratorError(f"{self.design['network']} has {len(self.inputs)} inputs; call `run`")
        results = self.run({self.inputs[0].name: self.preprocess(images)})
        flat = {name: x[:, 0, 0] if x.shape[1:3] == (1, 1) else x for name, x in results.items()}
        return flat if len(flat) > 1 else next(iter(flat.values()))

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
        """Integers [n, h, w, c] of every input port -> those of every output port."""
        frames = {port.name: port.pack(np.asarray(inputs[port.name])) for port in self.inputs}
        counts = {len(packed) for packed in frames.values()}
        if len(counts) != 1:
            raise AcceleratorError(f"inputs: batches of {sorted(counts)} frames; each port needs as many")
        (count,) = counts
        frames.update({port.name: np.zeros((count, port.frame_bytes), np.uint8) for port in self.outputs})
        for transfers in self._transfers:
            transfers.begin(frames[transfers.port.name])
        try:
            self._stream(count)
        except Exception:
            self.reset()
            raise
        return {port.name: port.unpack(frames[port.name]) for port in self.outputs}

    def _stream(self, count: int) -> None:
        cycles, start = self.cycles(), time.perf_counter()
        self._move_all()
        self._note_timing(count, time.perf_counter() - start, self.cycles() - cycles)
        if self.read("ERROR") & 1:
            raise AcceleratorError(
                "TLAST came early or was missing on an input frame, so frames and words are out of step; "
                "the results were dropped and the accelerator was reset"
            )

    def _move_all(self) -> None:
        end = time.monotonic() + self.timeout_s
        while not all(transfers.ended for transfers in self._transfers):
            moved = [transfers.step() for transfers in self._transfers]
            if any(moved):
                end = time.monotonic() + self.timeout_s
            elif time.monotonic() > end:
                raise AcceleratorTimeout(self._progress())

    def _progress(self) -> str:
        frames = ", ".join(f"{t.port.name} {t.finished} of {len(t.frames)}" for t in self._transfers)
        return (
            f"no answer for {self.timeout_s:g} s; frames through each port: {frames}; the core counted "
            f"{self.read('FRAMES_IN')} in and {self.read('FRAMES_OUT')} out; it was reset"
        )

    # ---- timing and meaning -----------------------------------------------------------------------------------

    def _note_timing(self, count: int, seconds: float, cycles: int) -> None:
        latency = self.read("LATENCY")
        self.timing = {
            "frames": count,
            "seconds": seconds,
            "frames_per_s": count / seconds if seconds else 0.0,
            "cycles_per_frame": cycles / count if count else 0.0,
            "latency_cycles": latency,
            "latency_us": latency * self.design["clock_ns"] / 1000,
        }

    def decode(self, scores: NDArray[Any], k: int = 1) -> list[list[tuple[str, float]]]:
        """Integers [n, classes] of a classifier -> the k likeliest classes of each image with their probability.

        Of equal scores the first counts, as in the training's accuracy.
        """
        reals = self.outputs[0].real(scores)
        powers = np.exp(reals - reals.max(axis=-1, keepdims=True))
        shares = powers / powers.sum(axis=-1, keepdims=True)
        best = np.argsort(-reals, axis=-1, kind="stable")[:, :k]
        return [[(self._class(c), float(shares[i, c])) for c in row] for i, row in enumerate(best)]

    def detect(self, results: Mapping[str, NDArray[Any]], best: int = 100) -> list[Detections]:
        """The integers [n, h, w, c] of a detector's three outputs -> the best boxes of each image, in pixels.

        The outputs are, in this order, the centres of each class, the sizes, and the offsets of the centres.
        """
        if len(self.outputs) != MAPS or [port.shape[2] for port in self.outputs[1:]] != [2, 2]:
            raise AcceleratorError(
                f"{self.design['network']} is no detector: its outputs are not centre, size and offset"
            )
        maps = [port.real(results[port.name]).transpose(0, 3, 1, 2) for port in self.outputs]
        return list(decode_logits(maps, self.inputs[0].shape[0], best))

    def _class(self, number: int) -> str:
        classes = self.design["classes"]
        return str(classes[number] if classes else number)
