# SPDX-License-Identifier: Apache-2.0
"""Data sets: built-in ones that need no download, and readers of the formats that users have."""
