# SPDX-License-Identifier: Apache-2.0
"""The HLS compiler: Vitis-style C++ in, SystemVerilog out, proved against the C++ cycle by cycle."""

from codesign.hls.compiler import CompileResult, ProcessReport, compile_kernel

__all__ = ["CompileResult", "ProcessReport", "compile_kernel"]
