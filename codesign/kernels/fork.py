# SPDX-License-Identifier: Apache-2.0
"""fork: one stream to two readers (hls_templates/include/codesign/fork.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Kernel, Stream, Trace, every


@dataclass(frozen=True)
class Fork(Kernel):
    """Both outputs carry the words of `stream`."""

    stream: Stream

    kind: ClassVar[str] = "fork"

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (self.stream,)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (self.stream, self.stream)

    @property
    def cycles(self) -> int:
        return self.stream.words

    def trace(self) -> Trace:
        marks = every(self.cycles)
        return Trace((marks,), (marks, marks))
