# SPDX-License-Identifier: Apache-2.0
"""Searching formats while training: FLIQS and what it is compared with, on one trainer."""
