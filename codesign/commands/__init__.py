# SPDX-License-Identifier: Apache-2.0
"""One module per verb: `configure(parser)` declares its arguments, `run(args)` returns the exit status."""
