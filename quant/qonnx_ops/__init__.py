# SPDX-License-Identifier: Apache-2.0
"""The domain of our own QONNX ops: qonnx finds and executes them by this module's name. Imports no torch."""

from quant.qonnx_ops.deform_dwconv import DeformDwconv, deform_dwconv

DOMAIN = __name__

__all__ = ["DOMAIN", "DeformDwconv", "deform_dwconv"]
