# SPDX-License-Identifier: Apache-2.0
"""From a model to an exported folder, and what is done with it: the steps that the command line and Python share."""

from codesign.flow.export import Request, export
from codesign.flow.exported import Exported

__all__ = ["Exported", "Request", "export"]
