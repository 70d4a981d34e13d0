# SPDX-License-Identifier: Apache-2.0
"""Deformable convolution: the deployed form that hardware has, and every relaxation that leads to it."""

from quant.deform.layer import DeformConv2d, DilatedDwconv2d, Dilation

__all__ = ["DeformConv2d", "DilatedDwconv2d", "Dilation"]
