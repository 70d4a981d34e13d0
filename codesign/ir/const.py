# SPDX-License-Identifier: Apache-2.0
"""Constant integers of an op: immutable, compared by content, named by a digest of it."""

from functools import cached_property
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from quant.numerics import IntArray


class Const:
    """A read-only int64 array that is equal to another exactly when shape and integers are.

    >>> Const([[1, 2]]) == Const([[1, 2]]), Const([1, 2])
    (True, Const([1, 2]))
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        array = np.array(values)
        assert array.size == 0 or np.issubdtype(array.dtype, np.integer), f"integers are expected, not {array.dtype}"
        self.array: IntArray = np.ascontiguousarray(array, np.int64)
        self.array.setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.array.shape

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of shape and little-endian content."""
        return sha256(str(self.shape).encode() + self.array.astype("<i8").tobytes()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Const({self.array.tolist()})" if self.array.size <= 16 else f"Const({self.shape}#{self.digest})"
