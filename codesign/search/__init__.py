# SPDX-License-Identifier: Apache-2.0
"""Hardware as the cost of a search: tables of every layer in every format over its foldings, and a solver for them."""
