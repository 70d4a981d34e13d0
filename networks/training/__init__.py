# SPDX-License-Identifier: Apache-2.0
"""One training loop, for float and quantised networks, on one device or several."""
