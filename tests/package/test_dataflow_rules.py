# SPDX-License-Identifier: Apache-2.0
"""Vitis HLS's rules of a dataflow region, over C++ as codesign writes it; each rule broken once."""

import pytest

from codesign.errors import UsageError
from codesign.hls.compiler import template_folder
from codesign.package.dataflow_region import read_region
from codesign.package.dataflow_rules import check_dataflow

WORD = "hls::stream<Lanes<ap_uint<8>, 2>>"
PROCESSES = f"""
void split({WORD}& in, {WORD}& out, {WORD}& out1) {{
    codesign::fork<Fixed<70>>(in, out, out1);
}}
void scale({WORD}& in, {WORD}& out) {{
    requantise<Fixed<35, 2>>(in, out, table);
}}
void sum({WORD}& in, {WORD}& in1, {WORD}& out) {{
    add<Fixed<70>>(in, in1, out);
}}
"""
RESIDUAL = f"""{PROCESSES}
void net({WORD}& x, {WORD}& y) {{
#pragma HLS INTERFACE axis port=x
#pragma HLS DATAFLOW
    {WORD} kept("kept");
#pragma HLS STREAM variable=kept depth=24
    {WORD} branch("branch");
#pragma HLS STREAM variable=branch depth=2
    {WORD} scaled("scaled");
#pragma HLS STREAM variable=scaled depth=2
    split(x, branch, kept);
    scale(branch, scaled);
    sum(scaled, kept, y);
}}
"""
SPLIT_AND_SCALE = "    split(x, branch, kept);\n    scale(branch, scaled);\n"
SCALE_AND_SPLIT = "    scale(branch, scaled);\n    split(x, branch, kept);\n"


def findings(source: str, top: str = "net") -> list[tuple[str, str, str]]:
    return [(f.rule, f.severity, f.where) for f in check_dataflow(read_region(source, top))]


def test_a_chain_is_in_canonical_form() -> None:
    source = (template_folder() / "tests" / "demo.cpp").read_text()
    assert [task.name for task in read_region(source, "demo").tasks] == ["windows", "products", "activation"]
    assert findings(source, "demo") == []


def test_a_residual_passes_a_process_by() -> None:
    assert findings(RESIDUAL) == [("bypass", "warning", "kept")]
    (found,) = check_dataflow(read_region(RESIDUAL, "net"))
    assert found.message == "kept passes 1 process by; its FIFO of 24 words must hold what is under way there"


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("scale(branch, scaled);", "scale(kept, scaled);", ("consumer", "error", "kept")),
        ("sum(scaled, kept, y);", "sum(scaled, scaled, y);", ("consumer", "error", "scaled")),
        ("split(x, branch, kept);", "split(x, branch, branch);", ("producer", "error", "branch")),
        ("split(x, branch, kept);", "split(x, branch, y);", ("producer", "error", "y")),
        ("scale(branch, scaled);", "scale(x, scaled);", ("consumer", "error", "x")),
        ("variable=branch depth=2", "variable=branch depth=1", ("depth", "error", "branch")),
        (SPLIT_AND_SCALE, SCALE_AND_SPLIT, ("feedback", "error", "branch")),
        ("sum(scaled, kept, y);", "sum(scaled, kept, z);", ("form", "error", "z")),
        ("    sum(", "    if (frame) sum(", ("form", "error", "if (frame) sum(scaled, kept, y);")),
        ("#pragma HLS DATAFLOW\n", "", ("form", "error", "(no #pragma HLS DATAFLOW)")),
    ],
)  # fmt: skip
def test_each_broken_rule_is_found(right: str, wrong: str, expected: tuple[str, str, str]) -> None:
    assert right in RESIDUAL
    assert expected in findings(RESIDUAL.replace(right, wrong))


def test_an_output_from_the_middle_is_a_bypass() -> None:
    body = "    split(x, branch, y);\n    scale(branch, scaled);\n    scale(scaled, kept);\n    scale(kept, z);\n"
    start = RESIDUAL.index("    split(x")
    source = RESIDUAL[:start].replace("& y)", f"& y, {WORD}& z)") + body + "}\n"
    assert findings(source) == [("bypass", "warning", "y")]


@pytest.mark.parametrize(
    ("source", "top", "message"),
    [
        (RESIDUAL, "other", "no function other; it has split, scale, sum, net"),
        (RESIDUAL.replace("scale(branch, scaled)", "scale(branch)"), "net", "calls scale with 1 streams"),
        (RESIDUAL.replace("split(x, branch, kept)", "cut(x, branch, kept)"), "net", "calls cut"),
        (RESIDUAL.replace("& in1", "& side"), "net", "sum: parameter side is called neither in nor out"),
    ],
)
def test_foreign_text_is_refused(source: str, top: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_region(source, top)
