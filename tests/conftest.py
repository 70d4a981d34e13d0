# SPDX-License-Identifier: Apache-2.0
"""Property tests repeat exactly, and a loaded machine does not fail them."""

from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
