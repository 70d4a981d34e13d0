# SPDX-License-Identifier: Apache-2.0
"""From one process's instructions to a scheduled pipeline: one clock's work as an acyclic graph."""
