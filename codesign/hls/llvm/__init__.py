# SPDX-License-Identifier: Apache-2.0
"""Reading the optimised LLVM text of a process: a strict parser, and the shape of its control flow."""
