# SPDX-License-Identifier: Apache-2.0
"""What a design is: top, ports, streams, files. Read from and written to `manifest.json` beside the RTL."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema

from sim.errors import SimError

SCHEMA = Path(__file__).with_name("manifest.schema.json")


@dataclass(frozen=True)
class Clock:
    """The only clock; outputs change after its rising edge."""

    name: str = "clk"
    period_ns: float = 8.0


@dataclass(frozen=True)
class Reset:
    """Synchronous reset."""

    name: str = "rst"
    active_high: bool = True


@dataclass(frozen=True)
class Port:
    """A stream into or out of the top; a word of `bits` holds `lanes` values, lane 0 in the low bits."""

    name: str
    direction: Literal["in", "out"]
    bits: int
    lanes: int = 1
    lane_bits: int | None = None
    signed: bool = False
    kind: Literal["axis", "axi_mm", "axi_lite"] = "axis"
    words_per_frame: int | None = None
    tensor: str | None = None

    @property
    def value_bits(self) -> int:
        """Bits of one lane."""
        return self.bits if self.lane_bits is None else self.lane_bits

    @property
    def word_chunks(self) -> int:
        """Number of 32-bit chunks that one word takes in a stimulus file."""
        return -(-self.bits // 32)


@dataclass(frozen=True)
class Process:
    """One instance inside the top."""

    name: str
    module: str
    black_box: bool = False


@dataclass(frozen=True)
class Stream:
    """A channel: `depth` words are promised by the C++, `capacity` words are there."""

    name: str
    bits: int
    depth: int
    capacity: int
    producer: str
    consumer: str
    tensor: str | None = None
    lanes: int = 1
    lane_bits: int | None = None
    signed: bool = False

    @property
    def value_bits(self) -> int:
        """Bits of one lane."""
        return self.bits if self.lane_bits is None else self.lane_bits


@dataclass(frozen=True)
class File:
    """A file of the design, relative to the manifest."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A design for simulation; `root` is the folder that its files are relative to."""

    root: Path
    top: str
    clock: Clock
    reset: Reset
    ports: tuple[Port, ...]
    processes: tuple[Process, ...]
    streams: tuple[Stream, ...]
    files: tuple[File, ...]

    def port(self, name: str) -> Port:
        """Return a port by its name; raise SimError naming the ports there are."""
        for port in self.ports:
            if port.name == name:
                return port
        raise SimError(f"{self.top}: no port '{name}'; its ports are {', '.join(p.name for p in self.ports)}")

    def stream(self, name: str) -> "Port | Stream":
        """Return a port or a channel by its name; raise SimError naming what there is."""
        known: dict[str, Port | Stream] = {s.name: s for s in self.streams}
        known.update({port.name: port for port in self.ports})  # an output's channel has its name
        if name not in known:
            raise SimError(f"{self.top}: no port or stream '{name}'; there are {', '.join(known)}")
        return known[name]

    def directed(self, direction: Literal["in", "out"]) -> tuple[Port, ...]:
        """Return the ports of one direction, in order."""
        return tuple(port for port in self.ports if port.direction == direction)

    def sources(self) -> list[Path]:
        """Return the SystemVerilog files in compile order."""
        return [self.root / f.path for f in self.files if f.path.endswith((".sv", ".v"))]

    def verify_files(self) -> None:
        """Raise SimError when a file is missing or is not the one that the manifest was written for."""
        for entry in self.files:
            path = self.root / entry.path
            if not path.is_file():
                raise SimError(f"{path}: listed in the manifest of {self.top} but not there")
            if _sha256(path) != entry.sha256:
                raise SimError(f"{path}: changed since the manifest of {self.top} was written; compile again")


def file_entry(root: Path, path: str) -> File:
    """Return the manifest's entry for a file that exists under `root`."""
    return File(path, _sha256(root / path))


def file_entries(root: Path, paths: Sequence[str]) -> tuple[File, ...]:
    """Return the entries of several files, in order."""
    return tuple(file_entry(root, path) for path in paths)


def read_manifest(path: Path) -> Manifest:
    """Read and check `manifest.json`; raise SimError with the place of the first fault."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimError(f"{path}: cannot read the manifest: {error.strerror}") from error
    except ValueError as error:
        raise SimError(f"{path}: not JSON: {error}") from error
    _validate(data, str(path))
    return Manifest(
        root=path.parent,
        top=data["top"],
        clock=Clock(**data["clock"]),
        reset=Reset(**data["reset"]),
        ports=tuple(Port(**item) for item in data["ports"]),
        processes=tuple(Process(**item) for item in data["processes"]),
        streams=tuple(Stream(**item) for item in data["streams"]),
        files=tuple(File(**item) for item in data["files"]),
    )


def write_manifest(manifest: Manifest) -> Path:
    """Check the description and write `manifest.json` into its root; return the path."""
    fields = asdict(manifest)
    path = fields.pop("root") / "manifest.json"
    data: dict[str, Any] = json.loads(json.dumps({"version": 1, **fields}))
    described: list[tuple[Port | Stream, Any]] = [
        *zip(manifest.ports, data["ports"], strict=True),
        *zip(manifest.streams, data["streams"], strict=True),
    ]
    for stream, item in described:
        item["lane_bits"] = stream.value_bits
    _validate(data, str(path))
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return Path(path)


def _validate(data: Any, where: str) -> None:
    error = jsonschema.exceptions.best_match(_validator().iter_errors(data))
    if error is not None:
        raise SimError(f"{where}: {error.json_path}: {error.message}")
    for kind in ("port", "stream"):
        for item in data[f"{kind}s"]:
            lanes, lane_bits = item.get("lanes", 1), item.get("lane_bits") or item["bits"]
            if lanes * lane_bits != item["bits"]:
                raise SimError(
                    f"{where}: {kind} {item['name']}: {lanes} x {lane_bits} bits in lanes, {item['bits']} in all"
                )


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
