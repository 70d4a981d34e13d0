# SPDX-License-Identifier: Apache-2.0
"""Jupyter notebooks as text: cells in, nbformat 4.5 out."""

import json
from collections.abc import Sequence
from typing import Any


def markdown(text: str) -> dict[str, Any]:
    """A cell of prose."""
    return {"cell_type": "markdown", "metadata": {}, "source": text.strip()}


def code(text: str) -> dict[str, Any]:
    """A cell of Python that has not run."""
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text.strip()}


def notebook_text(cells: Sequence[dict[str, Any]]) -> str:
    """The notebook's file; the same cells give the same bytes."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    notebook = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, sort_keys=True) + "\n"


DEMO = (
    markdown("""
# The accelerator on the board

Loads the bitstream, proves it on known images, measures its speed, and classifies. Run it on the board, beside
`overlay.bit`, `overlay.hwh`, `samples.npz` and the folder `accelerator`.
"""),
    code("""
import numpy as np
from accelerator import Accelerator

accelerator = Accelerator("overlay.bit")
print(accelerator.design["network"], "on", accelerator.design["target"], "at", accelerator.design["clock_ns"], "ns")
"""),
    markdown("""
## The same integers as on the desk

`samples.npz` holds images, and what every rung of the verification ladder made of them.
"""),
    code("""
with np.load("samples.npz") as file:
    samples = dict(file)
results = accelerator.run({port.name: samples[port.name] for port in accelerator.inputs})
for port in accelerator.outputs:
    assert (results[port.name] == samples[port.name]).all(), f"{port.name}: the board differs"
print(len(next(iter(results.values()))), "frames, equal in every integer")
"""),
    markdown("## How fast it is\n\nFrames per second as Python sees them, and cycles as the accelerator counts them."),
    code("""
first = accelerator.inputs[0].name
batch = {port.name: np.repeat(samples[port.name], 50, axis=0) for port in accelerator.inputs}
accelerator.run(batch)
for name, value in accelerator.timing.items():
    print(f"{name:18} {value:,.2f}")
"""),
    markdown("## What it sees\n\nA classifier's scores as classes with their probability, a detector's maps as boxes."),
    code("""
results = accelerator.run({port.name: samples[port.name] for port in accelerator.inputs})
scores = results[accelerator.outputs[0].name]
if len(results) == 3:
    for number, found in enumerate(accelerator.detect(results, best=5)):
        print(number, found.labels, found.scores.round(2), found.boxes.round().tolist())
elif scores.shape[1:3] == (1, 1):
    for number, best in enumerate(accelerator.decode(scores[:, 0, 0], k=3)):
        print(number, ", ".join(f"{name} {100 * share:.1f} %" for name, share in best))
"""),
)
