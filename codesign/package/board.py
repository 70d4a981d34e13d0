# SPDX-License-Identifier: Apache-2.0
"""The folder `board`: scripts that make the bitstream, and what is copied to the board."""

import json
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np

from codesign.package.facts import BoardFacts, description
from codesign.package.notebook import DEMO, notebook_text
from codesign.package.registers import REGISTERS
from codesign.package.vivado import write_vivado
from sim.manifest import Manifest

DRIVER = ("__init__.py", "accelerator.py", "ports.py", "transfers.py")


def write_board(folder: Path, manifest: Manifest, facts: BoardFacts) -> None:
    """Write `folder`/board for the design whose RTL, `axi_top.sv` included, lies in `folder`/rtl, and the tutorial."""
    board = folder / "board"
    (board / "accelerator").mkdir(parents=True)
    write_vivado(board, manifest, facts.target)
    _write_driver(board / "accelerator", manifest, facts)
    np.savez_compressed(board / "samples.npz", allow_pickle=False, **facts.samples)
    (board / "demo.ipynb").write_text(notebook_text(DEMO), encoding="utf-8")
    (board / "README.md").write_text(readme_text(manifest, facts), encoding="utf-8")
    tutorial = files("codesign") / "package" / "tutorial.ipynb"
    (folder / "tutorial.ipynb").write_text(tutorial.read_text(encoding="utf-8"), encoding="utf-8")


def _write_driver(folder: Path, manifest: Manifest, facts: BoardFacts) -> None:
    source = files("codesign") / "package" / "driver"
    for name in DRIVER:
        (folder / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    decoding = files("networks") / "detection" / "decode.py"  # the training's own, so that the two cannot differ
    (folder / "decode.py").write_text(decoding.read_text(encoding="utf-8"), encoding="utf-8")
    text = json.dumps(description(manifest, facts), indent=1) + "\n"
    (folder / "design.json").write_text(text, encoding="utf-8")


def readme_text(manifest: Manifest, facts: BoardFacts) -> str:
    """Return the folder's README: what to copy, how to run, what was not run here."""
    shape = facts.tensors[manifest.directed("in")[0].name].shape
    rows = ["| offset | register | holds |", "|---|---|---|"]
    rows += [f"| 0x{register.offset:02X} | {register.name} | {register.meaning} |" for register in REGISTERS]
    template = Template((files("codesign") / "package" / "board_readme.md").read_text(encoding="utf-8"))
    return template.substitute(
        network=facts.network,
        board=facts.target.board,
        part=facts.target.part,
        clock_ns=f"{manifest.clock.period_ns:g}",
        frames=len(next(iter(facts.samples.values()))),
        shape=f"[n, {', '.join(map(str, shape))}]",
        hash=facts.design_hash[:32],
        registers="\n".join(rows),
    )
