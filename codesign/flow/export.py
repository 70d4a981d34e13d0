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
from sim.manifest import file_entry


@dataclass(frozen=True)
class Request:
    """`model`: a network, recipe, trained folder or QONNX file; `fps` excludes `folding`, `untrained` `retrace`.

    `oversize`: a rate is reached even where the part is too small. `resume`: go on from the folding.toml that an
    export of the same model, stopped or whole, left in `out`.
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
    resume: bool = False

    def __post_init__(self) -> None:
        if self.stop_after is not None and self.stop_after not in STEPS:
            raise UsageError(f"no step is called {self.stop_after!r}; the steps are {', '.join(STEPS)}")
        made = f"the folding.toml in {self.out}" if self.resume else self.folding
        if self.fps is not None and made is not None:
            raise UsageError(f"fps = {self.fps:g} asks for a choice that {made} has made; give one of the two")
        if self.resume and self.folding is not None:
            raise UsageError(f"resume goes on from {made}; leave out {self.folding}")
        if self.fps is not None and not self.fps > 0:
            raise UsageError(f"fps = {self.fps:g}: a rate above 0 is expected")
        if self.oversize and self.fps is None:
            raise UsageError("oversize: there is no fastest design without a part's limits; give a rate with --fps")


def export(request: Request, progress: Callable[[str], None] = lambda step: None) -> Path:
    """Write the folder and return it. Raises CodesignError, and leaves nothing behind then."""
    target = load_target(request.target)
    with (
        TemporaryDirectory(prefix="codesign-retrace-") as traced,
        atomic_folder(request.out, force=request.force or request.resume) as scratch,
    ):
        source = _source(request, Path(traced))
        folding = _left_folding(request.out, source) if request.resume else request.folding
        state = State(Order(source, target, request.fps, folding, request.oversize), scratch)
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


def _left_folding(out: Path, source: Source) -> Path:
    """The folding.toml of an earlier export of the same model."""
    left = out / "folding.toml"
    if not left.is_file():
        raise UsageError(f"{out} holds no folding.toml to go on from; export once without --resume")
    if file_entry(out, "model.onnx").sha256 != file_entry(source.model.parent, source.model.name).sha256:
        raise UsageError(f"{out} holds an export of another model than {source.model}; export without --resume")
    return left
