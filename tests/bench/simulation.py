# SPDX-License-Identifier: Apache-2.0
"""Speed of the simulation bench itself: what a build costs, and how many cycles a second it can drive."""

import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np

from codesign.hls.simulator import sim_tools
from sim.fast import Job, build, from_lanes, run_jobs, write_words
from sim.manifest import Manifest
from tests.sim.designs import HERE, PRIMITIVES, describe, port

WORDS = 1_000_000


def measure(work: Path) -> dict[str, float]:
    """Return CPU seconds of builds (the run-time library is cached), and cycles per CPU second of small designs."""
    files = [PRIMITIVES / "codesign_channel.sv", HERE / "add_stage.sv", HERE / "chain.sv"]
    chain = _design(work / "chain", "chain", files)
    wire = _design(work / "wire", "passing", [HERE / "passing.sv"])
    _build([wire], work / "first")
    one = _cpu_s(lambda: _build([chain], work / "one"))
    twenty = _cpu_s(lambda: _build([chain] * 20, work / "twenty"))
    speed = {f"{m.top}_stall_{s:g}_cycles_per_s": _speed(m, work, s) for m in (wire, chain) for s in (0.0, 0.5)}
    return {"build_one_kernel_s": one, "build_twenty_kernels_s": twenty, **speed}


def _design(folder: Path, top: str, files: list[Path]) -> Manifest:
    return describe(folder, top, files, [port("x", "in", 16), port("y", "out", 16)])


def _build(manifests: list[Manifest], folder: Path) -> Path:
    return build(manifests, folder, sim_tools())


def _speed(manifest: Manifest, work: Path, stall: float) -> float:
    x = np.random.default_rng(1).integers(0, 2**16, WORDS)
    write_words(work / "x", from_lanes(x, 1, 16))
    write_words(work / "y", from_lanes((x + (8 if manifest.top == "chain" else 0)) % 2**16, 1, 16))
    program = _build([manifest], work / manifest.top / "build")
    job = Job(0, manifest.root, {"x": work / "x", "y": work / "y"}, stall=stall, plusargs=())
    outcome = run_jobs(program, [job])[0]
    assert outcome.passed, outcome
    return outcome.simulated_cycles / outcome.cpu_s


def _cpu_s(action: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
