# SPDX-License-Identifier: Apache-2.0
"""A folder that `codesign export` wrote, read back: the graph and design are made again from its files."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from codesign.errors import UsageError
from codesign.flow.design_file import DesignFacts, read_facts
from codesign.flow.vectors import read_frames
from codesign.fold.build import build_design
from codesign.fold.design import Design
from codesign.fold.folding import parse_folding
from codesign.frontend import import_model
from codesign.ir import Graph
from codesign.ir.text import print_graph
from codesign.passes import lower, streamline
from codesign.target import Target, load_target
from quant.numerics import IntArray
from sim.manifest import Manifest, read_manifest


@dataclass(frozen=True)
class Exported:
    """Everything is read when it is asked for."""

    folder: Path

    @cached_property
    def facts(self) -> DesignFacts:
        """design.json. Raises UsageError where the folder is none of ours."""
        return read_facts(self.folder)

    @cached_property
    def target(self) -> Target:
        """The board."""
        return load_target(self.facts.target)

    @cached_property
    def graph(self) -> Graph:
        """The lowered graph of model.onnx. Raises UsageError where it is not graph.txt any more."""
        graph = replace(lower(streamline(import_model(self.folder / "model.onnx"))), name=self.facts.network)
        if print_graph(graph) != (self.folder / "graph.txt").read_text(encoding="utf-8"):
            raise UsageError(f"{self.folder}: model.onnx does not lower to graph.txt any more; export again")
        return graph

    @cached_property
    def design(self) -> Design:
        """Sized by folding.toml. Raises FoldError where that was edited to something illegal."""
        path = self.folder / "folding.toml"
        return build_design(self.graph, parse_folding(path.read_text(encoding="utf-8"), str(path)))

    @cached_property
    def manifest(self) -> Manifest:
        """Of the RTL. Raises SimError where a file was changed."""
        manifest = read_manifest(self.folder / "rtl" / "manifest.json")
        manifest.verify_files()
        return manifest

    @cached_property
    def frames(self) -> dict[str, IntArray]:
        """The kept frames [n, h, w, c] of every input."""
        return read_frames(self.folder, self.graph)

    def process_of(self, instance: str) -> str:
        """The design's process that an instance in the RTL is."""
        return next(p.name for p in self.design.processes if instance.partition("_")[2] == p.name)
