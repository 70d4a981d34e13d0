# SPDX-License-Identifier: Apache-2.0
"""The command line: one verb per job. A verb's module is imported only when it is called."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from codesign import __version__
from codesign.errors import CodesignError, UsageError
from quant.errors import QuantError
from sim.errors import SimError

# verb -> one line of help; the module is codesign.commands.<verb>
VERBS = {
    "ablate": "train a small detector with each operator, from a full 3x3 to the deployed deformable one",
    "build": "build the board's bitstream with Vivado, or the C++ with Vitis HLS, where they are installed",
    "evaluate": "measure a trained network in floats, in training's quantisation and in integers",
    "doctor": "say what is installed, what is missing and what it is needed for",
    "export": "a trained network in; C++, RTL, board scripts and a report out",
    "hls": "compile HLS C++ to SystemVerilog, and prove the result against the C++",
    "networks": "list the networks, recipes and shipped checkpoints",
    "report": "render a design's report page again",
    "search": "find the bits of every layer for a cost, beside baselines of equal training",
    "synth": "count a design's cells with Yosys, module by module",
    "simulate": "run an export's RTL cycle by cycle against the integer network",
    "targets": "list the boards and their resources",
    "train": "train a network by a recipe: floats, then few bits, then QONNX",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit status (0 done, 1 failed, 2 wrong usage)."""
    words = list(sys.argv[1:] if argv is None else argv)
    verb = next((word for word in words if not word.startswith("-")), None)
    args = _parser(verb).parse_args(words)
    if args.verb is None:
        _parser(None).print_help()
        return 2
    try:
        return int(args.run(args))
    except CodesignError as error:
        return _report(error, error.exit_status)
    except (QuantError, SimError) as error:
        return _report(error, 1)
    except KeyboardInterrupt:
        return _report("interrupted", 130)


def _parser(verb: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="codesign",
        description="Quantised vision networks on small FPGAs: train, export, simulate, build.",
        epilog="example: codesign hls cosim kernel.cpp --top kernel --target pynq-z2 --stall 0.5",
    )
    parser.add_argument("--version", action="version", version=f"codesign {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for name, text in VERBS.items():
        sub = verbs.add_parser(name, help=text, description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == verb:
            _configure(name, sub)
    return parser


def _configure(name: str, parser: argparse.ArgumentParser) -> None:
    try:
        module = import_module(f"codesign.commands.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("codesign", "quant", "networks", "sim"):
            raise
        missing = UsageError(
            f"codesign {name}: the package '{error.name}' is not installed; "
            "install the extra that this verb needs: pip install 'codesign[train]'"
        )
        raise SystemExit(_report(missing, missing.exit_status)) from error
    module.configure(parser)
    parser.set_defaults(run=module.run)


def _report(error: object, status: int) -> int:
    print(f"codesign: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
