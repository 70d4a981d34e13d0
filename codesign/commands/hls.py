# SPDX-License-Identifier: Apache-2.0
"""`codesign hls compile` and `codesign hls cosim`."""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from codesign.commands.hls_text import compile_tables, cosim_lines, cosim_table, critical_lines
from codesign.errors import UsageError
from codesign.hls.compiler import compile_kernel
from codesign.hls.cosim import CosimReport, cosim
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from codesign.workspace import atomic_folder

COMPILE_EXAMPLE = "example: codesign hls compile mvu.cpp --top mvu --target pynq-z2 -I include --out build/mvu"
COSIM_EXAMPLE = (
    "example: codesign hls cosim mvu.cpp --top mvu --target pynq-z2 --calls 4 --stall 0.5 --range weights=-7:7\n"
    "exit status: 0 every word equal, 1 not, 2 wrong usage"
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = COSIM_EXAMPLE
    actions = parser.add_subparsers(dest="action", metavar="compile|cosim", required=True)
    _configure_compile(actions)
    _configure_cosim(actions)


def run(args: argparse.Namespace) -> int:
    if not args.source.is_file():
        raise UsageError(f"{args.source}: no such file")
    for folder in args.include:
        if not folder.is_dir():
            raise UsageError(f"-I {folder}: no such folder")
    return _compile(args) if args.action == "compile" else _cosim(args)


def _configure_compile(actions: Any) -> None:
    parser = _add(actions, "compile", "C++ to SystemVerilog", COMPILE_EXAMPLE)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; must not exist")
    parser.add_argument("--force", action="store_true", help="replace DIR if it exists")


def _configure_cosim(actions: Any) -> None:
    parser = _add(actions, "cosim", "compile, then run C++ and RTL on the same words", COSIM_EXAMPLE)
    parser.add_argument("--calls", type=int, default=1, metavar="N", help="calls of the top (1)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of words, stalls and power-up state (1)")
    stall = "probability that a port stalls in a cycle; may be repeated; a run without stalls is always made"
    parser.add_argument("--stall", type=_probability, action="append", default=[], metavar="P", help=stall)
    stimulus = "the integers of a .npy file, lanes innermost, as the words of an input"
    parser.add_argument("--stimulus", type=_assignment, action="append", default=[], metavar="PORT=FILE", help=stimulus)
    limits = "draw every lane of an input from LO..HI"
    parser.add_argument("--range", type=_range, action="append", default=[], metavar="PORT=LO:HI", help=limits)
    parser.add_argument("--tb", type=Path, metavar="FILE", help="your C++ test bench: its main calls the top")
    idle = "cycles without any transfer that count as a deadlock (100000)"
    parser.add_argument("--idle-limit", type=int, default=100_000, metavar="N", help=idle)
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep RTL, words and simulator there; must not exist")


def _add(actions: Any, name: str, text: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=text, description=text, epilog=example, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="KERNEL.cpp")
    parser.add_argument("--top", required=True, metavar="NAME", help="the function to compile")
    parser.add_argument("--target", required=True, metavar="BOARD", help="see codesign targets")
    parser.add_argument("--clock-ns", type=float, metavar="NS", help="clock period (the board's own)")
    parser.add_argument("-I", dest="include", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("-D", dest="define", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _compile(args: argparse.Namespace) -> int:
    with atomic_folder(args.out, force=args.force) as folder, _busy("compiling", args.json):
        result = compile_kernel(args.source, args.top, **_common(args), out=folder)
    if args.json:
        print(json.dumps(asdict(result), indent=2))
        return 0
    console = Console()
    for table in compile_tables(result):
        console.print(table)
    print("\n".join(critical_lines(result)))
    print(f"{len(result.files)} files in {args.out / 'rtl'}")
    return 0


def _cosim(args: argparse.Namespace) -> int:
    drive = Drive(
        calls=args.calls,
        seed=args.seed,
        stimulus={port: Path(name) for port, name in _unique("--stimulus", args.stimulus).items()},
        ranges=_unique("--range", args.range),
        tb=args.tb,
        idle_limit=args.idle_limit,
    )
    with _folder(args.work) as work, _busy("simulating", args.json):
        report = cosim(args.source, args.top, **_common(args), drive=drive, stalls=args.stall, work=work)
    _print_cosim(report, args)
    return 0 if report.passed else 1


def _print_cosim(report: CosimReport, args: argparse.Namespace) -> None:
    if args.json:
        kept = {"vectors": str(report.vectors) if args.work else None}
        print(json.dumps({**_summary(report), **asdict(report), **kept}, indent=2))
        return
    if report.printed:
        print(report.printed.rstrip())
    Console().print(cosim_table(report))
    print("\n".join(cosim_lines(report)))


def _summary(report: CosimReport) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "words_compared": report.words_compared,
        "cycles": report.free.cycles,
        "latency": report.free.latency,
        "cycles_per_call": report.cycles_per_call,
    }


def _common(args: argparse.Namespace) -> dict[str, Any]:
    if args.clock_ns is not None and args.clock_ns <= 0:
        raise UsageError(f"--clock-ns {args.clock_ns:g}: a clock period is more than 0")
    defines = dict(_define(text) for text in args.define)
    target = load_target(args.target)
    return {"include": args.include, "defines": defines, "target": target, "clock_ns": args.clock_ns}


def _define(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name.isidentifier():
        raise UsageError(f"-D {text}: expected NAME or NAME=VALUE")
    return name, value


def _unique(option: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise UsageError(f"{option}: a port is named twice")
    return result


def _assignment(text: str) -> tuple[str, str]:
    port, equals, value = text.partition("=")
    if not (port and equals and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not PORT=FILE")
    return port, value


def _range(text: str) -> tuple[str, tuple[int, int]]:
    port, _, limits = text.partition("=")
    low, _, high = limits.partition(":")
    try:
        return port, (int(low, 0), int(high, 0))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not PORT=LO:HI") from error


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from error
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a probability below 1")
    return value


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    """The folder to keep, or one that vanishes."""
    if work is None:
        with tempfile.TemporaryDirectory(prefix="codesign-cosim-") as scratch:
            yield Path(scratch)
        return
    if work.exists():
        raise UsageError(f"{work} exists: choose another --work")
    work.mkdir(parents=True)
    yield work


@contextmanager
def _busy(what: str, silent: bool) -> Iterator[None]:
    if silent:
        yield
        return
    with Console(stderr=True).status(what):
        yield
