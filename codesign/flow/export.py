# SPDX-License-Identifier: Apache-2.0
"""Run the steps of an export into a folder that appears whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from codesign.errors import UsageError
from codesign.flow.source import Source, find_source, retrace_source, untrained_source
from codesign.flow.steps import STEPS, Order, State
from codesign.target import load_target
from codesign.workspace import atomic_folder


@dataclass(frozen=True)
class Request:
    """`model`: a network, recipe, trained folder or QONNX file; `fps` excludes `folding`, `untrained` `retrace`.

    `oversize`: a rate is reached even where the part is too small.
    """

    model: str
    target: str
    out: Path
    force: bool = False
    fps: float | None = None
    folding: Path | None = None
    stop_after: str | None = None
    retrace: bool = False
    untrained: bool = False
    oversize: bool = False

    def __post_init__(self) -> None:
        if self.stop_after is not None and self.stop_after not in STEPS:
            raise UsageError(f"no step is called {self.stop_after!r}; the steps are {', '.join(STEPS)}")
        if self.fps is not None and self.folding is not None:
            raise UsageError(f"fps = {self.fps:g} asks for a choice that {self.folding} has made; give one of the two")
        if self.fps is not None and not self.fps > 0:
            raise UsageError(f"fps = {self.fps:g}: a rate above 0 is expected")
        if self.oversize and self.fps is None:
            raise UsageError("oversize: there is no fastest design without a part's limits; give a rate with --fps")


def export(request: Request, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the folder and return it. Raises CodesignError, and leaves nothing behind then."""
    target = load_target(request.target)
    with (
        TemporaryDirectory(prefix="codesign-retrace-") as traced,
        atomic_folder(request.out, force=request.force) as scratch,
    ):
        source = _source(request, Path(traced))
        state = State(Order(source, target, request.fps, request.folding, request.oversize), scratch)
        for name, step in STEPS.items():
            progress(name)
            step(state)
            if name == request.stop_after:
                break
    return request.out


def _source(request: Request, scratch: Path) -> Source:
    if request.untrained:
        return untrained_source(request.model, scratch)
    return retrace_source(request.model, scratch) if request.retrace else find_source(request.model)
