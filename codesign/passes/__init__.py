# SPDX-License-Identifier: Apache-2.0
"""From the imported graph to the kernels' level, one pass a file; pipelines.py gives their order and its reasons."""

from codesign.passes.pipelines import STREAMLINE, lower, lowering, run, streamline

__all__ = ["STREAMLINE", "lower", "lowering", "run", "streamline"]
