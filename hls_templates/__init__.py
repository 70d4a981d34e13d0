# SPDX-License-Identifier: Apache-2.0
"""Package data: HLS C++ headers and hand-written RTL primitives."""
