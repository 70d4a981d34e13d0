# SPDX-License-Identifier: Apache-2.0
"""Brevitas's exporter, imported in one place: importing it warns of optional packages that nothing here needs."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from brevitas.export import export_qonnx
    from brevitas.export.onnx.qonnx.function import BrevitasQuantTorchScriptFn as QuantFunction

__all__ = ["QuantFunction", "export_qonnx"]
