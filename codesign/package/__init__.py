# SPDX-License-Identifier: Apache-2.0
"""What a board needs around the core: its AXI top, scripts and driver."""
