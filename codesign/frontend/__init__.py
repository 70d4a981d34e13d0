# SPDX-License-Identifier: Apache-2.0
"""QONNX and QDQ ONNX -> integer graph, exactly, or refused with the node, the reason and the remedy."""

from codesign.frontend.builder import Snapped
from codesign.frontend.importer import import_model, import_snapped

__all__ = ["Snapped", "import_model", "import_snapped"]
