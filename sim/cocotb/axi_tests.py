# SPDX-License-Identifier: Apache-2.0
"""The tests of `axi_top`, which run inside the simulator: golden words in, words, TLAST and padding compared."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from axi_bench import MAGIC, REGISTERS, VARIABLE, Bench, Frame, Settings
from cocotb.triggers import ClockCycles

SETTINGS = Settings(**json.loads(os.environ[VARIABLE]))
NO_REGISTERS = not SETTINGS.registers


async def _bench(dut: Any, stall: float = 0.0) -> Bench:
    return await Bench(dut, SETTINGS).start(stall)


def _measured(name: str, **values: float) -> None:
    """Add figures to the file that the caller of the bench reads."""
    path = Path(SETTINGS.measures)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, name: values}), encoding="utf-8")


@cocotb.test()
async def functional(dut: Any) -> None:
    """Frames without pauses; the registers count them and agree with the monitors' latency."""
    bench = await _bench(dut)
    latencies = []
    for index in range(bench.settings.frames):  # one at a time, so that each one's latency is measured
        bench.send(range(index, index + 1))
        out = await bench.check(range(index, index + 1))
        latencies.append(_latency(bench.taken(), out))
    _measured("functional", frames=bench.settings.frames, latency=latencies[-1])
    if bench.settings.registers:
        await ClockCycles(bench.clock, 4)
        values = {name: await bench.read(name) for name in ("FRAMES_IN", "FRAMES_OUT", "ERROR", "LATENCY", "CYCLES")}
        frames = bench.settings.frames
        assert (values["FRAMES_IN"], values["FRAMES_OUT"], values["ERROR"]) == (frames, frames, 0), values
        assert (values["LATENCY"], values["CYCLES"]) == (latencies[-1], sum(latencies)), (values, latencies)


def _latency(taken: list[list[Frame]], out: dict[str, list[Frame]]) -> int:
    """Cycles from the first word in, at the first input, to the last word out; both count."""
    cycles: int = max(frames[-1].last for frames in out.values()) - taken[0][-1].first + 1
    return cycles


@cocotb.test()
async def back_pressure(dut: Any) -> None:
    """Frames with random pauses of every driver."""
    bench = await _bench(dut, SETTINGS.stall)
    bench.send(range(bench.settings.frames))
    await bench.check(range(bench.settings.frames))
    await _quiet(bench)


async def _quiet(bench: Bench) -> None:
    """Nothing may come after the last frame."""
    await ClockCycles(bench.clock, 200)
    for name, sink in bench.sinks.items():
        assert sink.empty() and sink.idle(), f"{name}: words after the last frame"


@cocotb.test()
async def throughput(dut: Any) -> None:
    """Frames behind each other: the cycles from one to the next."""
    bench = await _bench(dut)
    frames = max(3, bench.settings.frames)
    bench.send(range(frames))
    out = await bench.check(range(frames))
    ends = [max(frames_out[i].last for frames_out in out.values()) for i in range(frames)]
    half = frames // 2
    _measured("throughput", frames=frames, cycles_per_frame=(ends[-1] - ends[half]) / (frames - 1 - half))
    await _quiet(bench)


@cocotb.test()
async def reset_midway(dut: Any) -> None:
    """The reset falls in the middle of a frame, going in and coming out; the frames after it are clean."""
    bench = await _bench(dut)
    for stream in (bench.inputs[0], bench.outputs[0]):
        bench.send(range(2))
        await bench.passed(stream, max(1, stream.words // 2))
        await bench.hard_reset()
        bench.send(range(1, 2))
        await bench.check(range(1, 2))
        bench.taken()
    await _quiet(bench)


@cocotb.test(skip=NO_REGISTERS)
async def soft_reset_midway(dut: Any) -> None:
    """The same with the reset register, which clears the counters too."""
    bench = await _bench(dut)
    for stream in (bench.inputs[0], bench.outputs[0]):
        bench.send(range(2))
        await bench.passed(stream, max(1, stream.words // 2))
        await bench.soft_reset()
        assert [await bench.read(name) for name in ("FRAMES_IN", "FRAMES_OUT", "CYCLES", "ERROR")] == [0, 0, 0, 0]
        bench.send(range(1, 2))
        await bench.check(range(1, 2))
        await ClockCycles(bench.clock, 4)
        assert [await bench.read(name) for name in ("FRAMES_IN", "FRAMES_OUT", "ERROR")] == [1, 1, 0]
    await _quiet(bench)


@cocotb.test(skip=NO_REGISTERS)
async def misplaced_tlast(dut: Any) -> None:
    """TLAST that comes early, and one that is missing, raise ERROR; the words themselves make a frame all the same."""
    bench = await _bench(dut)
    stream = bench.inputs[0]
    if stream.words > 1:
        await _send_cut(bench, [stream.frame(0)[:1], stream.frame(0)[1:]], range(1))
    await _send_cut(bench, [stream.frame(0) + stream.frame(1)], range(2))
    await bench.write("ERROR", 0)
    bench.send(range(1))
    await bench.check(range(1))
    assert await bench.read("ERROR") == 0


async def _send_cut(bench: Bench, packets: list[list[int]], frames: range) -> None:
    """Send `frames`, the first input's in packets of other lengths; ERROR is raised, and cleared by writing 1."""
    for stream in bench.inputs[1:]:
        for index in frames:
            bench.sources[stream.name].send_nowait(stream.frame(index))
    for packet in packets:
        bench.sources[bench.inputs[0].name].send_nowait(packet)
    await bench.check(frames)
    assert await bench.read("ERROR") == 1
    await bench.write("ERROR", 0)
    assert await bench.read("ERROR") == 1, "writing 0 must not clear it"
    await bench.write("ERROR", 1)
    assert await bench.read("ERROR") == 0


@cocotb.test(skip=NO_REGISTERS)
async def registers(dut: Any) -> None:
    """Identity, and that nothing but the documented registers can be written."""
    bench = await _bench(dut)
    names = ("MAGIC", "VERSION", "HASH0", "HASH1", "HASH2", "HASH3", "FRAMES_IN", "FRAMES_OUT", "CYCLES", "LATENCY")
    before = [await bench.read(name) for name in names]
    assert before[0] == MAGIC
    if bench.settings.design_hash is not None:
        raw = bytes.fromhex(bench.settings.design_hash)[:16]
        assert before[2:6] == [int.from_bytes(raw[i : i + 4], "little") for i in (0, 4, 8, 12)]
    for name in names:
        await bench.write(name, 0xFFFFFFFF)
    assert [await bench.read(name) for name in names] == before
    unused = sorted(set(range(0, 256, 4)) - set(REGISTERS.values()))
    for offset in (unused[0], unused[-1]):
        assert int(await bench.lite.read_dword(offset)) == 0
    await bench.write("CONTROL", 0)
    assert await bench.read("CONTROL") == 0
