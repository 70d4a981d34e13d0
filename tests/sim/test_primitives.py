# SPDX-License-Identifier: Apache-2.0
"""RAM, ROM, multiplier and delay against models; mutants of them; every primitive lint-clean."""

import re
from pathlib import Path

import pytest

from codesign.hls.simulator import sim_tools
from codesign.toolchain import VERILATOR
from codesign.toolchain.yosys import read_command, run_script
from sim.fast import Outcome, build, run_jobs
from sim.manifest import Manifest
from tests.sim.designs import HERE, PRIMITIVES, describe, job, port

NAMES = ("codesign_delay", "codesign_mul", "codesign_ram", "codesign_rom")
# (file, what is there, what a mistake would put there)
MUTANTS = {
    "the RAM writes first": ("codesign_ram", "q <= g_mem", "q <= we && waddr == raddr ? wdata : g_mem"),
    "the RAM ignores its enable": ("codesign_ram", "if (we) g_mem", "g_mem"),
    "the RAM has no output register": ("codesign_ram", "q     <= first;", "q     <= g_mem.mem[raddr];"),
    "the ROM is early": ("codesign_rom", "q     <= first;", "q     <= g_mem.mem[addr];"),
    "one delay too few": ("codesign_delay", "stage[LATENCY-1]", "(LATENCY > 1 ? stage[0] : stage[LATENCY-1])"),
    "the first operand is never signed": ("codesign_mul", "P_BITS'($signed(a_in))", "P_BITS'(a_in)"),
    "the second operand is always signed": ("codesign_mul", "$signed(P_BITS'(b_in))", "P_BITS'($signed(b_in))"),
    "the registers stand elsewhere": ("codesign_mul", "LATENCY > 2 ? LATENCY - 2 : 0", "LATENCY"),
}
EQUIVALENT = {"the registers stand elsewhere"}  # the operands' delay grows as the product's shrinks


KINDS = {"codesign_ram": "RAM", "codesign_rom": "ROM", "codesign_mul": "MUL", "codesign_delay": "MUL"}
TOP = """module bench (input logic clk, rst, output logic [7:0] done_data, output logic done_valid,
              input logic done_ready);
  memory_bench #({}) all (.*);
endmodule
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("primitives")
    manifests = [_bench(folder / "good", None), *(_bench(folder / str(i), m) for i, m in enumerate(MUTANTS.values()))]
    program = build(manifests, folder / "build", sim_tools(), optimise="-O0")
    jobs = [job(manifest, i, {"done": [1]}, plusargs=()) for i, manifest in enumerate(manifests)]
    return dict(zip(("", *MUTANTS), run_jobs(program, jobs), strict=True))


def _bench(folder: Path, mutant: tuple[str, str, str] | None) -> Manifest:
    folder.mkdir()
    for name in NAMES:
        text = (PRIMITIVES / f"{name}.sv").read_text(encoding="utf-8")
        if mutant is not None and mutant[0] == name:
            assert text.count(mutant[1]) == 1, mutant
            text = text.replace(mutant[1], mutant[2])
        (folder / f"{name}.sv").write_text(text, encoding="utf-8")
    for depth in (1, 64, 100):
        words = ((i * 0x123456789 + 77) % 2**40 for i in range(depth))
        (folder / f"rom{depth}.hex").write_text("\n".join(f"{word:010x}" for word in words), encoding="utf-8")
    kinds = set(KINDS.values()) if mutant is None else {KINDS[mutant[0]]}
    (folder / "bench.sv").write_text(TOP.format(", ".join(f".{kind}(1)" for kind in sorted(kinds))), encoding="utf-8")
    files = [*(folder / f"{name}.sv" for name in NAMES), HERE / "memory_bench.sv", folder / "bench.sv"]
    return describe(folder, "bench", files, [port("done", "out", 8)])


def test_primitives_equal_their_models(outcomes: dict[str, Outcome]) -> None:
    assert outcomes[""].passed, outcomes[""]


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(outcomes: dict[str, Outcome], name: str) -> None:
    if name in EQUIVALENT:
        assert outcomes[name].passed, outcomes[name]
        return
    assert re.search(r"(RAM|ROM|MUL): .*want", outcomes[name].printed), outcomes[name]


SHAPES = [(1, 2), (8, 3), (50, 4), (9, 64), (64, 65), (36, 512)]
LINT = [
    *(("codesign_channel", f"-GWIDTH={w}", f"-GDEPTH={d}") for w, d in SHAPES),
    *(("codesign_ram", f"-GLATENCY={n}", f"-GDEPTH={d}") for n in range(3) for d in (1, 7, 64)),
    *(("codesign_ram", f'-GSTYLE="{style}"') for style in ("auto", "distributed", "block", "ultra")),
    *(("codesign_rom", f"-GLATENCY={n}", f'-GSTYLE="{s}"') for n in range(3) for s in ("auto", "distributed", "block")),
    *(("codesign_mul", f"-GLATENCY={n}", f'-GIMPL="{impl}"') for n in range(5) for impl in ("auto", "dsp", "fabric")),
    *(("codesign_mul", f"-GP_BITS={p}", f"-GA_SIGNED={a}", "-GB_SIGNED=0") for p in (3, 16, 40) for a in (0, 1)),
]


@pytest.mark.parametrize("arguments", LINT, ids=" ".join)
def test_lint_is_silent(arguments: tuple[str, ...]) -> None:
    top, *options = arguments
    argv = ["--lint-only", "-Wall", "--quiet", *options, "--top-module", top, "-y", str(PRIMITIVES)]
    result = VERILATOR.run([*argv, PRIMITIVES / f"{top}.sv"])
    assert result.stdout + result.stderr == ""


def test_yosys_reads_every_primitive(tmp_path: Path) -> None:
    """Elaborated and mapped to memories; the attributes are ones that Yosys knows."""
    files = sorted(PRIMITIVES.glob("*.sv"))
    (tmp_path / "rom.hex").write_text("\n".join(f"{17 * i:02x}" for i in range(16)), encoding="utf-8")
    passes = ("proc; memory -nomap; check -assert", "design -reset")
    lines = [line for path in files for line in (read_command(files, path.stem), *passes)]
    run_script(lines, files, tmp_path, timeout=600)
