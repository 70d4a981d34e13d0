# SPDX-License-Identifier: Apache-2.0
"""The integer graph: typed ops, verifier, interpreter, text. SPEC.md is its written meaning."""

from codesign.ir.const import Const
from codesign.ir.graph import PAD, Graph, Node, Tensor
from codesign.ir.interpret import interpret, interpret_physical

__all__ = ["PAD", "Const", "Graph", "Node", "Tensor", "interpret", "interpret_physical"]
