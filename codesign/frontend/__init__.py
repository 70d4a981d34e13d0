# SPDX-License-Identifier: Apache-2.0
"""QONNX and QDQ ONNX -> integer graph, exactly, or refused with the node, the reason and the remedy."""

from codesign.frontend.importer import import_model

__all__ = ["import_model"]
