# SPDX-License-Identifier: Apache-2.0
"""peak: local maxima of a heat map (hls_templates/include/codesign/peak.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.max_pool import MaxPool


@dataclass(frozen=True)
class Peak(MaxPool):
    """Words in and out as those of a max pool; `windows` = pixels * folds."""

    kind: ClassVar[str] = "peak"

    def __post_init__(self) -> None:
        self.require(self.taps_a_word % 2 == 1, "an input word holds an odd number of taps, of LANES channels each")
        self.require(self.tap_words % 2 == 1, "a window has an odd number of words, so that it has a centre")
