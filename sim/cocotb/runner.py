# SPDX-License-Identifier: Apache-2.0
"""Run the cocotb bench of an `axi_top` as its users do, and read what came of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from sim.errors import SimError

HERE = Path(__file__).parent
FILES = ("test_axi_top.py", "axi_tests.py", "axi_bench.py", "Makefile")


@dataclass(frozen=True)
class BenchTest:
    """One test; `message` is empty where it passed."""

    name: str
    status: Literal["pass", "fail", "skip"]
    message: str
    seconds: float


@dataclass(frozen=True)
class BenchReport:
    """The tests, and what they measured where they came so far; `log` is what cocotb said.

    `cycles_per_frame` is the steady state's, `latency` one frame's from the first word in to the last word out.
    """

    tests: tuple[BenchTest, ...]
    cycles_per_frame: float | None
    latency: int | None
    log: Path

    @property
    def passed(self) -> bool:
        """There were tests and none failed."""
        return any(test.status == "pass" for test in self.tests) and not self.failures

    @property
    def failures(self) -> tuple[BenchTest, ...]:
        """Tests that failed."""
        return tuple(test for test in self.tests if test.status == "fail")


def copy_bench(folder: Path) -> None:
    """Copy the bench's files beside the golden vectors of an exported folder."""
    for name in FILES:
        shutil.copyfile(HERE / name, folder / name)


def run_bench(
    rtl: Path,
    vectors: Path,
    out: Path,
    *,
    frames: int = 2,
    stall: float = 0.3,
    seed: int = 1,
    design_hash: str | None = None,
    tests: Sequence[str] = (),
    cache: Path | None = None,
    timeout: float | None = None,
) -> BenchReport:
    """Run the bench on `rtl`, a folder with manifest.json and axi_top.sv, with the golden values in `vectors`.

    Results and log go to `out`, built simulators to `cache`. Raise SimError when there is no result at all.
    """
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(HERE / "test_axi_top.py"), "--rtl", str(rtl), "--vectors", str(vectors)]
    command += ["--out", str(out), "--frames", str(frames), "--stall", repr(stall), "--seed", str(seed)]
    command += ["--build", str(cache or out / "build")]
    command += [word for name in tests for word in ("--test", name)]
    if design_hash is not None:
        command += ["--hash", design_hash]
    log = out / "cocotb.log"
    try:
        with log.open("w", encoding="utf-8") as file:
            subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise SimError(f"the cocotb bench did not end within {timeout:g} s; see {log}") from error
    return _report(out, log)


def _report(out: Path, log: Path) -> BenchReport:
    results, measures = out / "results.xml", out / "measures.json"
    if not results.is_file():
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])
        raise SimError(f"the cocotb bench gave no results; its last words in {log}:\n{last}")
    tests = tuple(_test(case) for case in ElementTree.parse(results).getroot().iter("testcase"))
    known = json.loads(measures.read_text(encoding="utf-8")) if measures.is_file() else {}
    cycles = known.get("throughput", {}).get("cycles_per_frame")
    return BenchReport(tests, cycles, known.get("functional", {}).get("latency"), log)


def _test(case: ElementTree.Element) -> BenchTest:
    name, seconds = case.get("name", ""), float(case.get("time", 0))
    if case.find("skipped") is not None:
        return BenchTest(name, "skip", "", seconds)
    for tag in ("failure", "error"):
        if (found := case.find(tag)) is not None:
            return BenchTest(
                name, "fail", found.get("message") or found.get("error_msg") or (found.text or ""), seconds
            )
    return BenchTest(name, "pass", "", seconds)
