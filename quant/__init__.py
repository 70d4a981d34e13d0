# SPDX-License-Identifier: Apache-2.0
"""Numbers, quantised layers and bit-width search; `quant.numerics` comes without torch."""
