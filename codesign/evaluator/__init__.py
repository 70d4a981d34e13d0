# SPDX-License-Identifier: Apache-2.0
"""The independent judge at the bar: what a QONNX or QDQ file says, computed in float64."""

from codesign.evaluator.compare import check_equal, differing
from codesign.evaluator.float64 import evaluate

__all__ = ["check_equal", "differing", "evaluate"]
