# SPDX-License-Identifier: Apache-2.0
"""Runs the accelerator of one design on a board with PYNQ (2.7 or later): numpy in, numpy out.

    from accelerator import Accelerator
    accelerator = Accelerator("overlay.bit")
    scores = accelerator.predict(images)  # uint8 [n, h, w, c] -> integers [n, classes]
    print(accelerator.decode(scores, k=3), accelerator.timing)

This folder stands alone on the board; all that depends on the design is in its design.json.
"""

from .accelerator import Accelerator
from .ports import AcceleratorError, AcceleratorTimeout, Port

__all__ = ["Accelerator", "AcceleratorError", "AcceleratorTimeout", "Port"]
