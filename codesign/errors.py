# SPDX-License-Identifier: Apache-2.0
"""Every error that codesign raises on purpose.

A message says who, what was got, what was expected and what to do. The command line prints it
without a traceback; anything that is not a `CodesignError` is a defect of ours.
"""


class CodesignError(Exception):
    """Root of the tree; `exit_status` is what the command line returns."""

    exit_status = 1


class UsageError(CodesignError):
    """The command or call itself is wrong: a file that is not there, an unknown name."""

    exit_status = 2


class HlsError(CodesignError):
    """The C++ is outside the subset; messages begin with `file:line: `."""


class GraphError(CodesignError):
    """An integer graph that breaks codesign/ir/SPEC.md, or a text that is no graph."""


class FoldError(CodesignError):
    """A kernel, folding or FIFO depth that cannot be built, or a design that does not fit its part."""


class ImportRefused(CodesignError):
    """A model that has no exact integer form here; names the node, the reason and the remedy."""


class ToolNotFound(CodesignError):
    """An external program is missing; says which, what for and how to get it."""


class ToolFailed(CodesignError):
    """An external program ran and failed; carries its last words."""


class SimulationFailed(CodesignError):
    """RTL that comes to a standstill or breaks off; says who waits for what."""


class Mismatch(CodesignError):
    """Two rungs of the verification ladder differ: a wrong result, never a warning."""


class ReportError(CodesignError):
    """A report's records contradict each other, or a file of it is not what this version writes."""
