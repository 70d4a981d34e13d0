# SPDX-License-Identifier: Apache-2.0
"""Imports point only towards the entrance (DESIGN, section 2); `import codesign` brings no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENTRANCE = ("codesign", "codesign.errors", "codesign.target", "codesign.toolchain", "codesign.workspace")
# room -> the rooms it may import, besides itself (codesign's rooms: besides the entrance too)
LAW: dict[str, tuple[str, ...]] = {
    "quant.errors": (),
    "quant.numerics": ("quant.errors",),
    "quant.qonnx_ops": ("quant.errors", "quant.numerics"),
    "quant": ("quant.errors", "quant.numerics", "quant.qonnx_ops"),
    "networks": ("quant",),
    "sim.errors": (),
    "sim": ("sim.errors",),
    "codesign.errors": (),
    "codesign.target": ("codesign.errors",),
    "codesign.workspace": ("codesign.errors",),
    "codesign.toolchain": ("codesign.errors", "codesign.workspace"),
    "codesign.ir": ("quant.errors", "quant.numerics"),
    "codesign.frontend": ("codesign.ir", "quant.errors", "quant.numerics", "quant.qonnx_ops"),
    "codesign.evaluator": ("quant.numerics", "quant.qonnx_ops"),
    "codesign.passes": ("codesign.ir", "quant.numerics"),
    "codesign.kernels": ("codesign.ir", "quant.numerics"),
    "codesign.fold": ("codesign.kernels", "codesign.ir", "quant.numerics", "sim"),
    "codesign.codegen": ("codesign.fold", "codesign.kernels", "codesign.ir", "quant.numerics"),
    "codesign.export": ("quant", "networks", "codesign.ir", "codesign.frontend", "codesign.evaluator"),
    "codesign.hls": ("sim",),
    "codesign.search": (
        "quant",
        "networks",
        "codesign.export",
        "codesign.fold",
        "codesign.frontend",
        "codesign.ir",
        "codesign.kernels",
        "codesign.passes",
        "codesign.report",
    ),
    "codesign.report": (),
    "codesign.synth": ("sim",),
    "codesign.package": ("sim", "codesign.hls", "codesign.ir", "quant.errors", "quant.numerics"),
    "codesign.flow": ("codesign", "quant", "networks", "sim"),
    "codesign.commands": ("codesign", "quant", "networks", "sim"),
    "codesign.cli": ("codesign", "quant.errors", "sim.errors"),
    "codesign": (),
}


def _rooms_of(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _room(module: str) -> str:
    return next(room for room in _rooms_of(module) if room in LAW)


def _modules() -> list[tuple[str, Path]]:
    paths = [p for top in ("codesign", "quant", "networks", "sim") for p in (ROOT / top).rglob("*.py")]
    return [(".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), p) for p in paths]


def _imported(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if name.split(".")[0] in ("codesign", "quant", "networks", "sim", "tests")]


def _allowed(room: str, target: str) -> bool:
    if target == room or target in LAW[room] or any(r in LAW[room] for r in _rooms_of(target)):
        return True
    return room.startswith("codesign") and target in ENTRANCE


def test_imports_point_towards_the_entrance() -> None:
    modules = _modules()
    assert len(modules) > 3
    wrong = [
        f"{module} imports {name}"
        for module, path in modules
        for name in _imported(path)
        if name.split(".")[0] == "tests" or not _allowed(_room(module), _room(name))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("statement", ["import codesign", "import codesign.cli"])
def test_import_is_lean(statement: str) -> None:
    code = f"{statement}, sys; print(sorted({{'torch', 'brevitas', 'onnx', 'llvmlite'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
