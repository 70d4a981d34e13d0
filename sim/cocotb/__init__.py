# SPDX-License-Identifier: Apache-2.0
"""The bench of a design's AXI top under cocotb, as a plain file and as a function."""
