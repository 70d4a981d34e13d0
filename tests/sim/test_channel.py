# SPDX-License-Identifier: Apache-2.0
"""The channel against an obviously correct model, and mutants of the channel, each of which the model must catch."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from codesign.hls.simulator import sim_tools
from sim.fast import Outcome, build, run_jobs
from sim.manifest import Manifest
from tests.sim.designs import HERE, PRIMITIVES, describe, job, port

CHANNEL = PRIMITIVES / "codesign_channel.sv"
SHAPES = [  # (WIDTH, DEPTH)
    *((1, 2), (8, 2), (7, 3), (33, 4), (64, 5), (100, 6), (3, 7), (16, 8), (5, 9), (12, 16)),
    *((2, 17), (31, 33), (64, 64), (32, 128), (40, 129), (70, 200)),
]
FEW_SHAPES = [(7, 3), (32, 128)]  # for the mutants: one of each kind
TOP = """module bench (input logic clk, rst, output logic [7:0] checked_data, output logic checked_valid,
              input logic checked_ready);
  int words[{count}];
  channel_bench #(.SHAPES({count})) ending (.*);
{checks}
endmodule
"""
CHECK = "  channel_check #(.WIDTH({0}), .DEPTH({1}), .SEED({2})) check{2} (.clk, .rst, .words(words[{2}]));"

# (what is there, what a mistake would put there)
MUTANTS = {
    "a pop returns no credit": ("+ RW'(pop)", ""),
    "a give returns no credit": ("= RW'(give) +", "="),
    "a take costs nothing": (" - RW'(take);", ";"),
    "one credit too many": ("credits <= CW'(DEPTH);", "credits <= CW'(DEPTH) + 1'b1;"),
    "one credit too few": ("credits <= CW'(DEPTH);", "credits <= CW'(DEPTH) - 1'b1;"),
    "no credit after reset": ("avail   <= 1'b1;", "avail   <= 1'b0;"),
    "avail is late": ("avail   <= credits_next != 0;", "avail   <= credits != 0;"),
    "the write address wraps late": (" waddr == LAST ?", " waddr == LAST + 1'b1 ?"),
    "the write address wraps early": (" waddr == LAST ?", " waddr == LAST - 1'b1 ?"),
    "the read address stands": ("!fetch ? raddr", "!(fetch && push) ? raddr"),
    "the read address is not reset": ("      raddr <= '0;\n", ""),
    "a stall loses the fetched word": ("assign move  = have && (!valid || ready);", "assign move  = have;"),
    "the fetch ignores a full stage": ("some && (!have || move)", "some"),
    "the output drops its word": ("valid <= move || (valid && !ready)", "valid <= move"),
    "a bubble between words": ("some && (!have || move)", "some && !have"),
    "full is taken for empty": ("(push != fetch ? push : some)", "1'b0"),
    "empty is taken for full": ("(push != fetch ? push : some)", "some"),
    "small RAM written without a push": ("always_ff @(posedge clk) if (push) mem", "always_ff @(posedge clk) mem"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("channel")
    text = CHANNEL.read_text(encoding="utf-8")
    texts = {"": text}
    for name, (old, new) in MUTANTS.items():
        assert text.count(old) == 1, name
        texts[name] = text.replace(old, new)
    shapes = [SHAPES if name == "" else FEW_SHAPES for name in texts]
    manifests = [_bench(folder / str(i), t, shapes[i]) for i, t in enumerate(texts.values())]
    program = build(manifests, folder / "build", sim_tools(), optimise="-O0")
    jobs = [
        job(manifest, i, {"checked": [len(shapes[i])]}, idle_limit=7000, plusargs=())
        for i, manifest in enumerate(manifests)
    ]
    return dict(zip(texts, run_jobs(program, jobs), strict=True))


def _bench(folder: Path, channel: str, shapes: Sequence[tuple[int, int]]) -> Manifest:
    checks = "\n".join(CHECK.format(*shape, i) for i, shape in enumerate(shapes))
    folder.mkdir()
    (folder / CHANNEL.name).write_text(channel, encoding="utf-8")
    (folder / "bench.sv").write_text(TOP.format(count=len(shapes), checks=checks), encoding="utf-8")
    files = [folder / CHANNEL.name, HERE / "channel_check.sv", HERE / "channel_bench.sv", folder / "bench.sv"]
    return describe(folder, "bench", files, [port("checked", "out", 8)])


def test_channel_equals_the_model(outcomes: dict[str, Outcome]) -> None:
    assert outcomes[""].passed, outcomes[""]


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].status == "fatal" and "Fatal: " in outcomes[name].printed, outcomes[name]
