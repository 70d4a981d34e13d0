# SPDX-License-Identifier: Apache-2.0
"""Simulation of a design that a manifest describes; knows nothing of how the RTL was made."""
