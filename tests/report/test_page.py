# SPDX-License-Identifier: Apache-2.0
"""The page: well-formed, alone, the same bytes each time, with every figure, and never kinder than the records."""

import itertools
import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codesign.report import render
from codesign.report.ladder import KEYS, STEPS
from codesign.report.model import Report
from codesign.report.sections import Rung, Status, Timing
from codesign.report.words import exact, percent, whole
from tests.report.html import Element, read
from tests.report.samples import PYNQ_Z2, chain, resnet8, simulated

HOSTILE = "<script>alert(1)</script>\"'&</title>{{ 7*7 }}"
REPORTS = {"new": resnet8(), "full": simulated(resnet8()), "long": simulated(chain(200))}
SMALL = chain(8)


def _hostile(text: str) -> str:
    return f"{text}{HOSTILE}"


def _renamed(report: Report) -> Report:
    """Hostile names for all that a user can name."""
    home = {process.name: _hostile(process.name) for process in report.processes}
    return replace(
        report,
        identity=replace(report.identity, network=HOSTILE, inputs=((HOSTILE, HOSTILE),)),
        part=replace(PYNQ_Z2, board=HOSTILE),
        layers=tuple(replace(x, name=_hostile(x.name), op=HOSTILE) for x in report.layers),
        processes=tuple(
            replace(x, name=home[x.name], layer=_hostile(x.layer), kernel=HOSTILE) for x in report.processes
        ),
        channels=tuple(
            replace(
                x,
                name=_hostile(x.name),
                producer=home.get(x.producer, _hostile(x.producer)),
                consumer=home.get(x.consumer, _hostile(x.consumer)),
                tensor=HOSTILE,
            )
            for x in report.channels
        ),
        ports=tuple(replace(x, name=_hostile(x.name)) for x in report.ports),
        activity=tuple(replace(x, process=home[x.process]) for x in report.activity),
        rungs=(Rung("rtl", "failed", 3, 1, HOSTILE), Rung("import", "passed", 3, 1, HOSTILE)),
        notes=(HOSTILE,),
    )


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_well_formed_and_needs_nothing_else(name: str) -> None:
    text = render(REPORTS[name])
    page = read(text)
    assert not re.search(r"(?:https?:)?//\w", re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    assert not {"link", "img", "iframe", "object", "base"} & set(re.findall(r"<(\w+)", text))
    assert not [
        e for tag in ("script", "a", "svg", "path") for e in page.all(tag) if {"src", "href"} & set(e.attributes)
    ]
    assert "url(" not in text.replace("url(#arrow)", "")
    identities = re.findall(r'\bid="([^"]+)"', text)
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_report_is_the_same_page(name: str) -> None:
    assert render(REPORTS[name]) == render(REPORTS[name])


def test_names_are_text_and_nothing_else() -> None:
    text = render(_renamed(resnet8()))
    page = read(text)
    assert "<script>alert" not in text
    assert len(page.all("script")) == 1
    assert "{{ 7*7 }}" in page.text and "49</h1>" not in text
    assert page.all("h1")[0].text == HOSTILE
    assert page.all("title")[0].text.startswith(HOSTILE)


@pytest.mark.parametrize("name", REPORTS)
def test_every_layer_is_in_the_table_with_its_figures(name: str) -> None:
    report = REPORTS[name]
    rows = read(render(report)).all("table", "layers")[0].all("tbody")[0].all("tr")
    assert len(rows) == len(report.layers)
    mapped = {p: m.area for m in (report.synthesis.modules if report.synthesis else ()) for p in m.processes}
    for row, layer in zip(rows, report.layers, strict=True):
        cells = [cell.text.strip() for cell in row.all("td")]
        processes = report.processes_of(layer.name)
        assert cells[1] == layer.name
        assert cells[6] == (whole(layer.macs) if layer.macs else "–")
        assert cells[7] == (f"{layer.pe}×{layer.simd}" if layer.pe else "–")
        assert cells[8] == whole(max(process.cycles for process in processes))
        guess = [process.estimate for process in processes if process.estimate]
        assert cells[11] == exact(sum(part.lut for part in guess))
        assert cells[13] == exact(sum(part.dsp for part in guess))
        assert cells[15] == exact(sum(part.bram36 for part in guess))
        assert cells[12] == (exact(sum(mapped[process.name].lut for process in processes)) if mapped else "–")


@pytest.mark.parametrize("name", REPORTS)
def test_the_whole_is_on_top_and_below(name: str) -> None:
    report = REPORTS[name]
    page = read(render(report))
    timing = report.measured() or report.timing
    tiles = [tile.text for tile in page.all("section", "tiles")[0].all("div")]
    assert any(t.startswith(whole(1e9 / 8 / timing.cycles_per_frame)) and "frames/s" in t for t in tiles)
    assert any(t.startswith(whole(timing.cycles_per_frame)) and "cycles per frame" in t for t in tiles)
    assert report.identity.hash in page.text and report.identity.inputs[0][1] in page.text
    assert whole(sum(layer.macs for layer in report.layers)) in page.text
    for resource in ("lut", "ff", "dsp", "bram36"):
        guesses = [x.estimate for x in (*report.processes, *report.channels) if x.estimate]
        demanded = sum(getattr(part, resource) for part in guesses)
        assert exact(demanded) in page.text
        assert percent(demanded / getattr(report.part, resource)) in page.text
        if report.synthesis:
            assert exact(getattr(report.synthesis.total, resource)) in page.text


def test_every_channel_is_listed_with_what_was_seen() -> None:
    report = REPORTS["full"]
    rows = read(render(report)).all("details")[0].all("tbody")[0].all("tr")
    seen = {use.channel: use.maximum for use in report.simulation.channels} if report.simulation else {}
    expected = [
        (c.name, *(whole(n) for n in (c.bits, c.words, c.depth, c.capacity, seen[c.name]))) for c in report.channels
    ]
    cells = ([cell.text.strip() for cell in row.all("td")] for row in rows)
    assert [(c[0], *c[4:]) for c in cells] == expected


def _ladder(page: Element) -> list[tuple[str, str, str]]:
    """Of each rung: the class that draws it, its words on status, and its counts."""
    rungs = page.all("ol", "ladder")[0].all("li")
    return [
        (
            rung.attributes["class"] or "",
            rung.all("span", "status")[0].text.strip(),
            rung.all("span", "count")[0].text.strip(),
        )
        for rung in rungs
    ]


@settings(max_examples=60)
@given(st.lists(st.sampled_from((*get_args(Status), None)), min_size=len(KEYS), max_size=len(KEYS)))
def test_a_rung_is_drawn_as_what_it_is(statuses: list[Status | None]) -> None:
    counts = {"passed": 17, "failed": 5, "not run": 0}
    rungs = tuple(
        Rung(key, status, counts[status], 1, "" if status == "passed" else f"why {key}")
        for key, status in zip(KEYS, statuses, strict=True)
        if status is not None
    )
    page = read(render(replace(SMALL, rungs=rungs)))
    for step, status, drawn in zip(STEPS, statuses, _ladder(page), strict=True):
        said = status or "not run"
        assert drawn[:2] == (said.replace(" ", "-"), said)
        assert drawn[2] == {"passed": "17 equal, 1 frame", "failed": "5 compared, 1 frame", "not run": ""}[said]
        listed = [line.text for line in page.all("p", "open") if line.text.startswith(step.title + " " + step.claim)]
        assert len(listed) == (said == "not run")
    tally = {status: sum((s or "not run") == status for s in statuses) for status in get_args(Status)}
    assert f"{tally['passed']} passed, {tally['failed']} failed, {tally['not run']} not run" in page.text


def test_nothing_that_has_not_run_has_a_figure() -> None:
    page = read(render(resnet8()))
    assert "predicted, not simulated" in page.text
    assert "Yosys has not run" in page.text and "it is not Vivado" not in page.text
    assert "the RTL has not been simulated" in page.text
    assert "was not evaluated on data" in page.text
    assert [row.all("td")[12].text for row in page.all("table", "layers")[0].all("tbody")[0].all("tr")] == ["–"] * 14


def test_a_lone_frame_has_a_latency_and_no_rate() -> None:
    report = simulated(resnet8())
    assert report.simulation is not None
    alone = Timing(3 * report.timing.cycles_per_frame, report.timing.latency_cycles + 311)
    page = read(render(report.with_section(replace(report.simulation, frames=1, timing=alone))))
    tiles = [tile.text for tile in page.all("section", "tiles")[0].all("div")]
    assert tiles[0].startswith(whole(1e9 / 8 / report.timing.cycles_per_frame)) and "not simulated" in tiles[0]
    assert "+" in tiles[1] and f"{whole(alone.cycles_per_frame)}, alone" in page.text


@pytest.mark.parametrize("kept", list(itertools.product((False, True), repeat=3)))
def test_every_choice_of_sections_makes_a_page(kept: tuple[bool, bool, bool]) -> None:
    names = ("evaluation", "simulation", "synthesis")
    report = replace(REPORTS["full"], **{name: None for name, keep in zip(names, kept, strict=True) if not keep})
    read(render(report))


def test_a_design_that_nobody_sized_makes_a_page() -> None:
    report = resnet8()
    bare = replace(
        report,
        processes=tuple(replace(process, estimate=None) for process in report.processes),
        channels=tuple(replace(channel, estimate=None) for channel in report.channels),
        layers=tuple(replace(layer, macs=0, pe=None, simd=None) for layer in report.layers),
        activity=(),
        rungs=(),
    )
    page = read(render(bare))
    assert "Nothing here multiplies" in page.text
    assert "nothing was simulated or predicted" in page.text
    assert "0 passed, 0 failed, 10 not run" in page.text
