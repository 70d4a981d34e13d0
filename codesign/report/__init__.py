# SPDX-License-Identifier: Apache-2.0
"""One HTML page and one JSON file that say what a design is, what it costs and what was verified."""
