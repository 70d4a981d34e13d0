# SPDX-License-Identifier: Apache-2.0
"""The PYNQ driver of an exported folder, with a fake board under it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesign.errors import UsageError
from codesign.ir import Tensor
from codesign.package.facts import BoardFacts, PortTensor, description
from codesign.package.registers import MAGIC, VERSION, hash_words
from codesign.package.words import tdata_bits
from codesign.target import load_target
from networks.data.digits import DIGIT_CLASSES, digits
from networks.detection.decode import chances, decode
from quant.numerics import Grid, IntArray
from quant.numerics.packing import pack, to_lanes
from sim.manifest import Port
from tests.package.exported import HASH, design, driver, export_board, facts, ports_module
from tests.package.fake_pynq import ModelDevice, board

IMAGE = PortTensor((8, 8, 1), (), (1.0,), (0,))
SCORES = PortTensor((1, 1, 10), (), (0.125,), (0,))
SCORES_BITS = 18
PORTS = (Port("image", "in", 8), Port("scores", "out", SCORES_BITS, signed=True))


def classify(images: IntArray) -> IntArray:
    """A stand-in for a network: sums of pixels under random weights."""
    weights = np.random.default_rng(3).integers(-40, 40, (64, 10))
    return (images.reshape(len(images), 64) @ weights).reshape(-1, 1, 1, 10)


def words_of(values: IntArray, lanes: int, bits: int, signed: bool) -> bytes:
    """The bytes of one frame by the project's own packing: the reference for the driver's."""
    size = tdata_bits(lanes * bits) // 8
    return b"".join(word.to_bytes(size, "little") for word in pack(to_lanes(values, lanes), bits, signed))


def registers(sha256: str = HASH) -> dict[str, int]:
    words = {f"HASH{i}": word for i, word in enumerate(hash_words(sha256))}
    return {"MAGIC": MAGIC, "VERSION": VERSION, "LATENCY": 700, **words}


def compute(frames: Mapping[str, bytes]) -> dict[str, bytes]:
    image = np.frombuffer(frames["image"], np.uint8).astype(np.int64).reshape(1, 8, 8, 1)
    return {"scores": words_of(classify(image), 1, SCORES_BITS, True)}


@dataclass
class Bench:
    """A driver's package, and the device under it."""

    package: ModuleType
    device: ModelDevice
    folder: Path

    def accelerator(self, **options: Any) -> Any:
        return self.package.Accelerator("overlay.bit", **options)


def images(count: int) -> IntArray:
    return digits().test.images[:count].transpose(0, 2, 3, 1)


@pytest.fixture(params=[1, 3], ids=["fast", "slow"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    known = images(4).astype(np.int64)
    fact = facts({"image": IMAGE, "scores": SCORES}, {"image": known, "scores": classify(known)}, DIGIT_CLASSES)
    folder = export_board(tmp_path, design(tmp_path, *PORTS), fact)
    device = ModelDevice(("image",), compute, registers())
    with board(device, ["image"], ["scores"], request.param), driver(folder) as package:
        yield Bench(package, device, folder)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 17])
def test_a_batch_gives_the_networks_integers(bench: Bench, count: int) -> None:
    accelerator = bench.accelerator()
    for _ in range(2):  # a second batch starts where the first ended
        scores = accelerator.predict(images(count))
        assert scores.shape == (count, 10)
        assert (scores == classify(images(count).astype(np.int64))[:, 0, 0]).all()


def test_timing_counts_cycles(bench: Bench) -> None:
    accelerator = bench.accelerator()
    bench.device.registers["CYCLES"] = 0xFFFFFFFF  # the low half wraps within the batch
    accelerator.predict(images(5))
    timing = accelerator.timing
    assert timing["frames"] == 5 and timing["cycles_per_frame"] == bench.device.cycles_per_frame
    assert timing["latency_cycles"] == 700 and timing["latency_us"] == pytest.approx(5.6)
    assert timing["seconds"] > 0 and timing["frames_per_s"] == pytest.approx(5 / timing["seconds"])


def test_preprocess_keeps_the_trainings_bytes(bench: Bench) -> None:
    """The training's data set is uint8 [n, c, h, w]; the core gets the same bytes, pixel by pixel."""
    accelerator = bench.accelerator()
    trained = digits().test.images[:6]
    packed = accelerator.inputs[0].pack(accelerator.preprocess(images(6)))
    expected = [words_of(image.transpose(1, 2, 0).astype(np.int64), 1, 8, False) for image in trained]
    assert [row.tobytes() for row in packed] == expected
    one = accelerator.preprocess(images(6)[2])
    assert one.shape == (1, 8, 8, 1) and (one[0] == images(6)[2]).all()
    assert (accelerator.preprocess(images(6)[..., 0]) == images(6)).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((2, 8, 8, 1), np.float32), "float32; bytes"),
        (np.zeros((2, 8, 8, 3), np.uint8), r"\[2, 8, 8, 3\]; \[n, 8, 8, 1\] is expected"),
        (np.zeros((2, 1, 8, 9), np.uint8), r"transpose\(0, 2, 3, 1\)"),
        (np.zeros(64, np.uint8), "is expected"),
    ],
)
def test_wrong_images_are_refused(bench: Bench, wrong: Any, message: str) -> None:
    with pytest.raises(bench.package.AcceleratorError, match=message):
        bench.accelerator().predict(wrong)


def test_detect_is_the_trainings_decoding(tmp_path: Path) -> None:
    """Three maps of random integers, through the fake board: the boxes that the training would see in them."""
    rng = np.random.default_rng(5)
    tensors = {f"map{i}": PortTensor((4, 4, c), (), (0.125,), (0,)) for i, c in enumerate((10, 2, 2))}
    maps = {name: rng.integers(-100, 100, (3, *tensor.shape)) for name, tensor in tensors.items()}
    ports = (PORTS[0], *(Port(name, "out", 8, signed=True) for name in tensors))
    known = {"image": images(3).astype(np.int64), **maps}
    folder = export_board(tmp_path, design(tmp_path, *ports), facts({"image": IMAGE, **tensors}, known))
    answers = iter([{name: words_of(values[i], 1, 8, True) for name, values in maps.items()} for i in range(3)])
    device = ModelDevice(("image",), lambda frames: next(answers), registers())
    with board(device, ["image"], list(tensors), 1), driver(folder) as package:
        accelerator = package.Accelerator("overlay.bit")
        found = accelerator.detect(accelerator.predict(images(3)), best=7)
    reals = [(values * 0.125).transpose(0, 3, 1, 2) for values in maps.values()]
    for got, heatmap, *rest in zip(found, *reals, strict=True):
        want = decode((chances(heatmap), *rest), stride=2, best=7)
        assert all((getattr(got, name) == getattr(want, name)).all() for name in ("boxes", "scores", "labels"))


def test_detect_refuses_a_classifier(bench: Bench) -> None:
    accelerator = bench.accelerator()
    with pytest.raises(bench.package.AcceleratorError, match="no detector"):
        accelerator.detect({"scores": accelerator.predict(images(1))})


def test_decode_is_the_trainings_argmax(bench: Bench) -> None:
    accelerator = bench.accelerator()
    scores = accelerator.predict(images(40))
    decoded = accelerator.decode(scores, k=3)
    assert [best[0][0] for best in decoded] == [str(c) for c in scores.argmax(axis=1)]
    assert all(best[0][1] >= best[1][1] >= best[2][1] for best in decoded)
    (tie,) = accelerator.decode(np.array([[3, 7, 7, 0, 0, 0, 0, 0, 0, 7]]), k=10)
    assert [name for name, _ in tie[:3]] == ["1", "2", "9"]
    assert sum(share for _, share in tie) == pytest.approx(1)
    assert tie[0][1] / tie[3][1] == pytest.approx(np.exp(4 * 0.125))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MAGIC", 0, "MAGIC reads 0x00000000, expected 0x434F4453.*vivado.tcl"),
        ("VERSION", 99, "VERSION reads 0x00000063"),
        ("HASH2", 5, "built from design 00112233445566770500.*this folder is for 0011.*one export"),
    ],
)
def test_another_bitstream_is_refused(bench: Bench, name: str, value: int, message: str) -> None:
    bench.device.registers[name] = value
    with pytest.raises(bench.package.AcceleratorError, match=message):
        bench.accelerator()


def test_no_answer_is_a_timeout_and_the_next_batch_works(bench: Bench) -> None:
    accelerator = bench.accelerator(timeout_s=0.05)
    bench.device.lost = True
    with pytest.raises(bench.package.AcceleratorTimeout, match=r"scores 0 of 3, image 3 of 3.*3 in and 0 out"):
        accelerator.predict(images(3))
    bench.device.lost = False
    assert (accelerator.predict(images(3)) == classify(images(3).astype(np.int64))[:, 0, 0]).all()


def test_tlast_error_drops_the_results(bench: Bench) -> None:
    accelerator = bench.accelerator()
    bench.device.tlast_error = True
    resets = bench.device.resets
    with pytest.raises(bench.package.AcceleratorError, match="TLAST came early or was missing"):
        accelerator.predict(images(2))
    assert bench.device.resets == resets + 1 and bench.device.registers["ERROR"] == 0


def test_short_frame_is_an_error(bench: Bench) -> None:
    accelerator = bench.accelerator()
    bench.device.cut = 4
    with pytest.raises(bench.package.AcceleratorError, match="scores: frame 0 has 36 bytes instead of 40"):
        accelerator.predict(images(2))


def test_dma_error_is_reported(bench: Bench) -> None:
    accelerator = bench.accelerator()
    accelerator.overlay.dma_0.sendchannel.error = True
    with pytest.raises(bench.package.AcceleratorError, match="image: the DMA engine reports an error"):
        accelerator.predict(images(2))


@st.composite
def layouts(draw: st.DrawFn) -> tuple[Port, PortTensor, IntArray]:
    """A port, the tensor that it carries, and values of it."""
    bits, signed = draw(st.integers(1, 20)), draw(st.booleans())
    h, w, c = (draw(st.integers(1, 5)) for _ in range(3))
    padded = c + draw(st.integers(0, 3))
    order = tuple(draw(st.permutations([*range(c), *[-1] * (padded - c)])))
    lanes = draw(st.sampled_from([n for n in range(1, padded + 1) if padded % n == 0]))
    if order == tuple(range(c)):
        order = ()
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    values = np.random.default_rng(draw(st.integers(0, 99))).integers(low, high, (2, h, w, c), endpoint=True)
    port = Port("x", "in", bits * lanes, lanes, bits, signed)
    return port, PortTensor((h, w, c), order, (1.0,), (0,)), values


@given(layout=layouts())
def test_words_are_the_projects_own(layout: tuple[Port, PortTensor, IntArray]) -> None:
    port, tensor, values = layout
    known = description(design(Path(), port), facts({"x": tensor}, {"x": values}))
    (entry,) = json.loads(json.dumps(known))["inputs"]
    there = ports_module().Port.of(entry)
    physical = Tensor("x", tensor.shape, Grid(20, True), tensor.order).to_physical(values)
    packed = there.pack(values)
    expected = [words_of(frame, port.lanes, port.value_bits, port.signed) for frame in physical]
    assert [row.tobytes() for row in packed] == expected
    assert (there.unpack(packed) == values).all()


def test_values_out_of_range_are_refused(bench: Bench) -> None:
    port = bench.accelerator().outputs[0]
    with pytest.raises(bench.package.AcceleratorError, match="-131072 to 131071 are expected"):
        port.pack(np.full((1, 1, 1, 10), 1 << 17))
    with pytest.raises(bench.package.AcceleratorError, match=r"got \[1, 10\]"):
        port.pack(np.zeros((1, 10), np.int64))


def test_several_ports(tmp_path: Path) -> None:
    """Two inputs and two outputs, each by a channel of its own; one input is ahead of the other."""
    tensors = {name: PortTensor((2, 2, 3), (), (1.0,), (0,)) for name in ("a", "b", "sum", "difference")}
    rng = np.random.default_rng(5)
    a, b = (rng.integers(0, 16, (7, 2, 2, 3)) for _ in range(2))
    samples = {"a": a, "b": b, "sum": a + b, "difference": a - b}
    ports = [Port(name, "in", 12, 3, 4) for name in ("a", "b")]
    ports += [Port(name, "out", 18, 3, 6, signed=True) for name in ("sum", "difference")]
    folder = export_board(tmp_path, design(tmp_path, *ports), facts(tensors, samples))

    def device_compute(frames: Mapping[str, bytes]) -> dict[str, bytes]:
        x, y = (package.Port.of(e).unpack(np.frombuffer(frames[e["name"]], np.uint8)[None]) for e in entries["inputs"])
        return {"sum": words_of(x + y, 3, 6, True), "difference": words_of(x - y, 3, 6, True)}

    entries = json.loads((folder / "accelerator" / "design.json").read_text())
    device = ModelDevice(("a", "b"), device_compute, registers())
    with board(device, ["a", "b"], ["sum", "difference"]), driver(folder) as package:
        accelerator = package.Accelerator()
        results = accelerator.run({"a": a, "b": b})
        assert all((results[name] == samples[name]).all() for name in ("sum", "difference"))
        with pytest.raises(package.AcceleratorError, match=r"batches of \[6, 7\] frames"):
            accelerator.run({"a": a, "b": b[:6]})
        with pytest.raises(package.AcceleratorError, match="2 inputs; call `run`"):
            accelerator.predict(a)


def test_samples_of_every_port_are_needed() -> None:
    with pytest.raises(UsageError, match="samples of every port"):
        BoardFacts("net", load_target("pynq-z2"), HASH, {"image": IMAGE}, {})


def test_words_must_be_filled(tmp_path: Path) -> None:
    three = PortTensor((3, 3, 3), (), (1.0,), (0,))
    known = facts({"x": three}, {"x": np.zeros((1, 3, 3, 3), np.int64)})
    with pytest.raises(UsageError, match="27 values a frame, which do not fill words of 4 lanes"):
        export_board(tmp_path, design(tmp_path, Port("x", "in", 32, 4, 8)), known)


def test_more_outputs_than_inputs(tmp_path: Path) -> None:
    """The second engine receives alone: it has no registers of a sending channel."""
    tensors = {name: PortTensor((1, 1, 4), (), (1.0,), (0,)) for name in ("x", "twice", "thrice")}
    x = np.random.default_rng(6).integers(0, 16, (3, 1, 1, 4))
    samples = {"x": x, "twice": 2 * x, "thrice": 3 * x}
    ports = [Port("x", "in", 16, 4, 4), *(Port(name, "out", 24, 4, 6) for name in ("twice", "thrice"))]
    folder = export_board(tmp_path, design(tmp_path, *ports), facts(tensors, samples))

    def device_compute(frames: Mapping[str, bytes]) -> dict[str, bytes]:
        values = np.frombuffer(frames["x"], np.uint8).astype(np.int64)
        nibbles = np.stack([values & 15, values >> 4], axis=-1).reshape(1, 1, 4)
        return {"twice": words_of(2 * nibbles, 4, 6, False), "thrice": words_of(3 * nibbles, 4, 6, False)}

    with board(ModelDevice(("x",), device_compute, registers()), ["x"], ["twice", "thrice"]), driver(folder) as package:
        results = package.Accelerator().predict(x.astype(np.uint8))
    assert (results["twice"] == 2 * x[:, 0, 0]).all() and (results["thrice"] == 3 * x[:, 0, 0]).all()
