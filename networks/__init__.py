# SPDX-License-Identifier: Apache-2.0
"""A small gallery of networks, the data they learn from, and one training loop."""
