# SPDX-License-Identifier: Apache-2.0
"""upsample: nearest neighbour by whole factors (hls_templates/include/codesign/upsample.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Element, Kernel, Stream, Trace, every


@dataclass(frozen=True)
class Upsample(Kernel):
    """Each pixel of `folds` words becomes factor_y x factor_x pixels."""

    rows: int
    cols: int
    folds: int
    factor_y: int
    factor_x: int
    lanes: int
    x: Element

    kind: ClassVar[str] = "upsample"

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.rows * self.cols * self.folds),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.cycles),)

    @property
    def cycles(self) -> int:
        return self.rows * self.factor_y * self.cols * self.factor_x * self.folds

    def trace(self) -> Trace:
        reads = np.zeros((self.rows, self.factor_y, self.cols, self.factor_x, self.folds), dtype=np.bool_)
        reads[:, 0, :, 0] = True
        return Trace((reads.reshape(-1),), (every(self.cycles),))
