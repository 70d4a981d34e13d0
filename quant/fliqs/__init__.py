# SPDX-License-Identifier: Apache-2.0
"""One-shot mixed-precision search over integers and small floats.

Source: Dotzel et al., "FLIQS: One-Shot Mixed-Precision Floating-Point and Integer Quantization Search", AutoML 2024.
It knows no hardware: what a choice costs arrives as a table.
"""
