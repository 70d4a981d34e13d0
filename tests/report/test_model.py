# SPDX-License-Identifier: Apache-2.0
"""Records that contradict each other are refused; what nobody has run is not run."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from codesign.errors import ReportError
from codesign.report.ladder import KEYS
from codesign.report.model import Channel, Layer, Port, Process, Report
from codesign.report.resources import Resources
from codesign.report.sections import (
    Accuracy,
    Activity,
    ChannelUse,
    Evaluation,
    Interval,
    ModuleArea,
    ProcessUse,
    Rung,
    Simulation,
    Synthesis,
    Timing,
)
from tests.report.samples import HASH, resnet8, simulated

SIMULATION = Simulation(HASH, "Verilator", 1, 0.0, None, ())

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "passed without a comparison": (lambda: Rung("rtl", "passed"), "rung rtl: passed without comparing"),
    "not run, yet compared": (lambda: Rung("rtl", "not run", 5), "rung rtl: not run, yet 5 compared"),
    "failed without a word": (lambda: Rung("rtl", "failed", 5), "rung rtl: failed without saying how"),
    "unknown step": (lambda: Rung("silicon", "not run"), "rung silicon: no such step; the ladder has import, "),
    "unknown status": (lambda: Rung("rtl", "skipped", 5), "status 'skipped' is not known"),  # type: ignore[arg-type]
    "negative cells": (lambda: Resources(lut=-1), "resources: lut is -1, expected 0 or more"),
    "no cycles": (lambda: Process("p", "mvu", "l", 0), "process p: 0 cycles, expected 1 or more"),
    "no time": (lambda: Timing(0, 1), "cycles_per_frame is 0"),
    "a path of unknown source": (lambda: Timing(1, 1, 7.5), "critical_ns goes with its source"),
    "holds less than promised": (lambda: Channel("c", "x", "y", 8, 1, 4, 3), "channel c: holds 3 words, promises 4"),
    "backwards in time": (lambda: Interval(0, 5, 4), "interval: 5 to 4 runs backwards"),
    "no frames": (lambda: replace(SIMULATION, frames=0), "simulation: 0 frames"),
    "a stall for ever": (lambda: replace(SIMULATION, stall=1.0), "stall is 1.0, expected a probability below 1"),
    "more than all": (lambda: Accuracy("float", "top-1", 101, 9, "digits"), "top-1 of float: 101 is no percentage"),
    "of nothing": (lambda: Accuracy("float", "top-1", 99, 0, "digits"), "0 samples, expected 1 or more"),
    "negative use": (lambda: ProcessUse("p", -1, 0, 0), "use of process p: issued is -1"),
    "too few instances": (lambda: ModuleArea("m", Resources(), 1, ("a", "b")), "area of m: 1 instances of 2"),
    "no process": (lambda: replace(resnet8(), processes=(), channels=(), activity=()), "report: no process"),
    "a layer twice": (lambda: _more(layers=(resnet8().layers[0],)), "two of its layer records have one name"),
    "a port called as a process": (
        lambda: _more(ports=(Port("stem.mvu", "out", 8, 1),)),
        "two of its process or port records have one name",
    ),
    "a process of no layer": (lambda: _more(processes=(Process("p", "mvu", "gone", 1),)), "layer 'gone' is not in"),
    "a channel to nowhere": (
        lambda: _more(channels=(Channel("c", "x", "gone", 8, 1, 2, 2),)),
        "channel c: end 'gone' is not in the report",
    ),
    "activity of nobody": (lambda: _more(activity=(Activity("gone", ()),)), "process 'gone' is not in the report"),
    "use of nobody": (lambda: _with(replace(SIMULATION, processes=(ProcessUse("gone", 1, 0, 0),))), "process 'gone'"),
    "use of no channel": (lambda: _with(replace(SIMULATION, channels=(ChannelUse("gone", 1),))), "channel 'gone'"),
    "cells of nobody": (
        lambda: _with(Synthesis(HASH, "Yosys", (ModuleArea("m", Resources(), 1, ("gone",)),))),
        "process 'gone' is not in the report",
    ),
    "of another design": (lambda: _with(Evaluation("0123456789abcdef", ())), "evaluation of design 0123456789ab: this"),
}


def _more(**records: tuple[object, ...]) -> Report:
    report = resnet8()
    changes = {name: (*getattr(report, name), *added) for name, added in records.items()}
    return replace(report, **changes)  # type: ignore[arg-type]


def _with(section: Evaluation | Simulation | Synthesis) -> Report:
    return resnet8().with_section(section)


@pytest.mark.parametrize("case", WRONG)
def test_a_contradiction_is_refused(case: str) -> None:
    make, message = WRONG[case]
    with pytest.raises(ReportError) as caught:
        make()
    assert message in str(caught.value)


def test_the_ladder_has_every_step_in_order() -> None:
    ladder = resnet8().ladder()
    assert tuple(step.key for step, _ in ladder) == KEYS
    assert [rung.status for _, rung in ladder] == ["passed"] * 3 + ["not run"] * 7


def test_a_section_has_the_last_word() -> None:
    report = simulated(resnet8())
    failed = replace(report.simulation or SIMULATION, rungs=(Rung("csim", "failed", 4, 1, "word 3 is 5, expected 6"),))
    statuses = {step.key: rung.status for step, rung in report.with_section(failed).ladder()}
    assert statuses["csim"] == "failed"
    assert statuses["rtl"] == "not run"  # what the older simulation said is gone


def test_bytes_of_a_layer_count_weights_in_bits() -> None:
    layer = Layer("l", "Conv", (4, 4, 2), (4, 4, 3), 8, 4, weight_bits=4, weights=54, macs=864, pe=3, simd=2)
    assert layer.bytes == 32 + 24 + 27
    assert layer.multipliers == 6
