# SPDX-License-Identifier: Apache-2.0
"""Hardware/software co-design of quantised vision networks on small FPGAs.

From Python: `design = codesign.export("digits-cnn", target="pynq-z2")`, then `design.predict(images)`,
`design.simulate(frames=2)`, `design.report()`; `codesign.load(folder)` for a folder that was exported before.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"


class _Toolkit(ModuleType):
    """The functions are found when they are asked for; importing the room codesign/export does not hide the first."""

    @property
    def export(self) -> Any:
        return import_module("codesign.flow.api").export

    @export.setter
    def export(self, room: ModuleType) -> None:
        pass

    @property
    def load(self) -> Any:
        return import_module("codesign.flow.api").load


sys.modules[__name__].__class__ = _Toolkit
