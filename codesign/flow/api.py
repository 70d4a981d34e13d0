# SPDX-License-Identifier: Apache-2.0
"""The toolkit from Python: `design = codesign.export("digits-cnn", target="pynq-z2")`."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.flow.export import Request
from codesign.flow.export import export as write_folder
from codesign.flow.exported import Exported
from codesign.flow.simulation import Plan, simulate
from codesign.ir import interpret
from codesign.report import render_folder, write_section
from codesign.report.sections import Simulation


@dataclass(frozen=True)
class Design:
    """A design in its folder."""

    folder: Path

    @cached_property
    def exported(self) -> Exported:
        """Its graph, folding and manifest."""
        return Exported(self.folder)

    def predict(self, images: NDArray[np.integer]) -> NDArray[np.float64]:
        """Real values [n, h, w, c] of the first output for integers [n, h, w, c] of the input, as in hardware.

        Raises GraphError where the images do not fit the input.
        """
        graph = self.exported.graph
        output = graph.outputs[0]
        integers = interpret(graph, {graph.inputs[0].name: np.asarray(images)})[output]
        return graph.tensors[output].grid.real(integers)

    def simulate(self, frames: int = 2, stall: float = 0.5, layers: bool = True) -> Simulation:
        """Run the RTL in Verilator; the report keeps what was measured. Raises Mismatch at the first wrong value."""
        section = simulate(self.exported, Plan(frames, stall, layers)).section
        write_section(self.folder, section)
        return section

    def report(self) -> Path:
        """Render report.html again and return it."""
        return render_folder(self.folder)


def export(
    model: str | Path,
    target: str,
    out: Path | None = None,
    *,
    fps: float | None = None,
    folding: Path | None = None,
    force: bool = False,
) -> Design:
    """Export a network, recipe, trained folder or QONNX file into a new folder (build/MODEL-TARGET).

    `fps`: the smallest design for this rate; by default the fastest that fits. Raises CodesignError.
    """
    folder = out or default_folder(str(model), target)
    return Design(write_folder(Request(str(model), target, folder, force, fps, folding)))


def load(folder: Path) -> Design:
    """A design that was exported before. Raises UsageError where the folder is none."""
    design = Design(folder)
    _ = design.exported.facts
    return design


def default_folder(model: str, target: str) -> Path:
    """Where an export goes if nothing is said."""
    return Path("build") / f"{Path(model).stem}-{target}"
