# SPDX-License-Identifier: Apache-2.0
"""What the simulation bench raises on purpose."""


class SimError(Exception):
    """The design's description or a stimulus is not usable; says which and why."""
