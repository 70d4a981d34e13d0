# SPDX-License-Identifier: Apache-2.0
"""Hardware/software co-design of quantised vision networks on small FPGAs."""

__version__ = "0.1.0"
