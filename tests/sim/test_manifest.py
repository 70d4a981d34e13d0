# SPDX-License-Identifier: Apache-2.0
"""The manifest: what is written is read back, and every fault is refused with its place."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.errors import SimError
from sim.fast import NO_WAVEFORM
from sim.fast.glue import glue_text
from sim.manifest import Clock, Manifest, Port, Process, Reset, Stream, file_entries, read_manifest, write_manifest


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    (tmp_path / "a.sv").write_text("module a; endmodule\n", encoding="utf-8")
    (tmp_path / "w.hex").write_text("00\n", encoding="utf-8")
    return Manifest(
        tmp_path,
        "a",
        Clock(period_ns=7.5),
        Reset("rst_n", active_high=False),
        (
            Port("x", "in", 32, lanes=4, lane_bits=8, words_per_frame=16, tensor="image"),
            Port("y", "out", 12, lane_bits=12, signed=True),
        ),
        (Process("u0", "add"), Process("u1", "mover", black_box=True)),
        (Stream("mid", 32, 2, 7, "u0", "u1", lanes=4, lane_bits=8),),
        file_entries(tmp_path, ["a.sv", "w.hex"]),
    )


def test_round_trip(manifest: Manifest) -> None:
    assert read_manifest(write_manifest(manifest)) == manifest
    manifest.verify_files()
    assert manifest.sources() == [manifest.root / "a.sv"]
    assert [port.name for port in manifest.directed("out")] == ["y"]


def test_unknown_port_is_answered_with_the_ports_there_are(manifest: Manifest) -> None:
    assert manifest.port("y").signed
    with pytest.raises(SimError, match="a: no port 'z'; its ports are x, y"):
        manifest.port("z")


def test_unknown_stream_is_answered_with_what_there_is(manifest: Manifest) -> None:
    assert manifest.stream("mid").value_bits == 8
    assert manifest.stream("x").tensor == "image"
    with pytest.raises(SimError, match="a: no port or stream 'z'; there are mid, x, y"):
        manifest.stream("z")


def test_lanes_fill_the_words_of_a_stream(manifest: Manifest) -> None:
    crooked = dataclasses.replace(manifest.streams[0], lanes=3)
    with pytest.raises(SimError, match="stream mid: 3 x 8 bits in lanes, 32 in all"):
        write_manifest(dataclasses.replace(manifest, streams=(crooked,)))


def test_changed_and_missing_files_are_noticed(manifest: Manifest) -> None:
    (manifest.root / "a.sv").write_text("module a(input b); endmodule\n", encoding="utf-8")
    with pytest.raises(SimError, match=r"a\.sv: changed since the manifest of a was written"):
        manifest.verify_files()
    (manifest.root / "a.sv").unlink()
    with pytest.raises(SimError, match=r"a\.sv: listed in the manifest of a but not there"):
        manifest.verify_files()


def _delete(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(key)


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        *parents, last = (int(key) if key.isdigit() else key for key in path.split("."))
        for key in parents:
            data = data[key]
        data[last] = value

    return change


FAULTS = [
    *((_delete(key), key) for key in ("version", "top", "clock", "reset", "ports", "processes", "streams", "files")),
    (_set("version", 2), r"\$.version: 1 was expected"),
    (_set("top", "a b"), r"\$.top"),
    (_set("clock.period_ns", 0), r"\$.clock.period_ns"),
    (_set("ports.0.bits", 0), r"\$.ports\[0\].bits"),
    (_set("ports.0.kind", "wishbone"), r"\$.ports\[0\].kind"),
    (_set("ports.0.direction", "inout"), r"\$.ports\[0\].direction"),
    (_set("ports.0.lanes", 3), "port x: 3 x 8 bits in lanes, 32 in all"),
    (_set("ports.0.words_per_frame", 0), r"\$.ports\[0\].words_per_frame"),
    (_set("streams.0.capacity", 1), r"\$.streams\[0\].capacity"),
    (_set("files.0.path", "/etc/passwd"), r"\$.files\[0\].path"),
    (_set("files.0.sha256", "00"), r"\$.files\[0\].sha256"),
    (_set("colour", "red"), "colour"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_faults_are_refused(manifest: Manifest, fault: Callable[[dict[str, Any]], None], message: str) -> None:
    path = write_manifest(manifest)
    data = json.loads(path.read_text(encoding="utf-8"))
    fault(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SimError, match=message):
        read_manifest(path)


def test_no_file_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="cannot read the manifest: No such file"):
        read_manifest(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(SimError, match="not JSON"):
        read_manifest(tmp_path / "bad.json")


def test_an_unfit_description_is_not_written(manifest: Manifest) -> None:
    with pytest.raises(SimError, match=r"\$.clock.period_ns"):
        write_manifest(dataclasses.replace(manifest, clock=Clock(period_ns=-1)))
    assert not (manifest.root / "manifest.json").exists()


def test_the_harness_refuses_ports_that_are_no_streams(manifest: Manifest) -> None:
    memory = dataclasses.replace(manifest, ports=(Port("m", "in", 64, kind="axi_mm"),))
    with pytest.raises(SimError, match=r"port m: the harness drives streams \(kind axis\), not axi_mm"):
        glue_text(memory, 0, NO_WAVEFORM)
