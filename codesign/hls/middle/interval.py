# SPDX-License-Identifier: Apache-2.0
"""What is known of a word of w bits: an interval of its unsigned reading and one of its signed reading.

Both hold at once. Operations return the tightest pair that these two intervals give; `None` stands for
"no value" (code that cannot run).
"""

from __future__ import annotations

from typing import NamedTuple


class Interval(NamedTuple):
    """Unsigned [ulo, uhi] and signed [slo, shi] bounds, all inclusive."""

    ulo: int
    uhi: int
    slo: int
    shi: int

    @property
    def constant(self) -> int | None:
        """The one unsigned value, if there is only one."""
        return self.ulo if self.ulo == self.uhi else None


def full(w: int) -> Interval:
    half = 1 << (w - 1)
    return Interval(0, 2 * half - 1, -half, half - 1)


def constant(value: int, w: int) -> Interval:
    value &= (1 << w) - 1
    signed = value - (1 << w) if value >> (w - 1) else value
    return Interval(value, value, signed, signed)


def unsigned(lo: int, hi: int, w: int) -> Interval:
    """The words whose unsigned reading may be any integer of [lo, hi] modulo 2^w."""
    top = 1 << w
    if hi - lo >= top:
        return full(w)
    shift = lo >> w
    if hi >> w != shift:
        # the interval wraps once: it may still be contiguous in the signed reading
        half = top >> 1
        slo, shi = lo - (shift + 1) * top, hi - (shift + 1) * top
        if slo >= -half and shi < half:
            return Interval(0, top - 1, slo, shi)
        return full(w)
    lo, hi = lo - shift * top, hi - shift * top
    half = top >> 1
    if hi < half:
        return Interval(lo, hi, lo, hi)
    if lo >= half:
        return Interval(lo, hi, lo - top, hi - top)
    return Interval(lo, hi, -half, half - 1)


signed = unsigned  # integers modulo 2^w: the reading is decided by where the interval lies


def both(a: Interval | None, b: Interval | None, w: int) -> Interval | None:
    """Intersection, each reading sharpened by the other."""
    if a is None or b is None:
        return None
    ulo, uhi = max(a.ulo, b.ulo), min(a.uhi, b.uhi)
    slo, shi = max(a.slo, b.slo), min(a.shi, b.shi)
    if ulo > uhi or slo > shi:
        return None
    half = 1 << (w - 1)
    if slo >= 0 or shi < 0 or uhi < half or ulo >= half:  # the two readings differ by a constant: meet them
        shift = 0 if slo >= 0 or uhi < half else 2 * half
        ulo, uhi = max(ulo, slo + shift), min(uhi, shi + shift)
        if ulo > uhi:
            return None
        slo, shi = ulo - shift, uhi - shift
    return Interval(ulo, uhi, slo, shi)


def either(a: Interval | None, b: Interval | None) -> Interval | None:
    """Union's hull, in each reading."""
    if a is None or b is None:
        return a or b
    return Interval(min(a.ulo, b.ulo), max(a.uhi, b.uhi), min(a.slo, b.slo), max(a.shi, b.shi))


def add(a: Interval, b: Interval, w: int) -> Interval:
    return _sharpest(unsigned(a.ulo + b.ulo, a.uhi + b.uhi, w), signed(a.slo + b.slo, a.shi + b.shi, w), w)


def sub(a: Interval, b: Interval, w: int) -> Interval:
    return _sharpest(unsigned(a.ulo - b.uhi, a.uhi - b.ulo, w), signed(a.slo - b.shi, a.shi - b.slo, w), w)


def mul(a: Interval, b: Interval, w: int) -> Interval:
    corners = [x * y for x in (a.slo, a.shi) for y in (b.slo, b.shi)]
    return _sharpest(unsigned(a.ulo * b.ulo, a.uhi * b.uhi, w), signed(min(corners), max(corners), w), w)


def and_(a: Interval, b: Interval, w: int) -> Interval:
    lowest = Interval(0, min(a.uhi, b.uhi), *full(w)[2:])
    if a.slo < 0 and b.slo < 0:  # two negative numbers stay above the next power of two
        floor = -(1 << max((~a.slo).bit_length(), (~b.slo).bit_length()))
        lowest = lowest._replace(slo=max(lowest.slo, floor))
    return both(lowest, full(w), w) or full(w)


def or_(a: Interval, b: Interval, w: int) -> Interval:
    high = (1 << max(a.uhi.bit_length(), b.uhi.bit_length())) - 1
    result = Interval(max(a.ulo, b.ulo), high, *_bitwise_signed(a, b))
    return both(result, full(w), w) or full(w)


def xor(a: Interval, b: Interval, w: int) -> Interval:
    high = (1 << max(a.uhi.bit_length(), b.uhi.bit_length())) - 1
    return both(Interval(0, high, *_bitwise_signed(a, b)), full(w), w) or full(w)


def _bitwise_signed(a: Interval, b: Interval) -> tuple[int, int]:
    """Bounds of any bitwise result of two signed numbers: as wide as the wider one."""
    bits = max((x if x >= 0 else ~x).bit_length() for x in (a.slo, a.shi, b.slo, b.shi))
    return -(1 << bits), (1 << bits) - 1


def shl(a: Interval, amount: Interval, w: int) -> Interval:
    lo, hi = min(amount.ulo, w), min(amount.uhi, w)
    corners = [x << k for x in (a.slo, a.shi) for k in (lo, hi)]
    return _sharpest(unsigned(a.ulo << lo, a.uhi << hi, w), signed(min(corners), max(corners), w), w)


def lshr(a: Interval, amount: Interval, w: int) -> Interval:
    return unsigned(a.ulo >> min(amount.uhi, w), a.uhi >> min(amount.ulo, w), w)


def ashr(a: Interval, amount: Interval, w: int) -> Interval:
    lo, hi = min(amount.ulo, w), min(amount.uhi, w)
    corners = [x >> k for x in (a.slo, a.shi) for k in (lo, hi)]
    return signed(min(corners), max(corners), w)


def zext(a: Interval, w: int) -> Interval:
    return unsigned(a.ulo, a.uhi, w)


def sext(a: Interval, w: int) -> Interval:
    return signed(a.slo, a.shi, w)


def trunc(a: Interval, w: int) -> Interval:
    return _sharpest(unsigned(a.ulo, a.uhi, w), signed(a.slo, a.shi, w), w)


def bits(a: Interval, low: int, w: int, source: int) -> Interval:
    """Bits [low + w - 1 : low] of a word of `source` bits."""
    return trunc(lshr(a, constant(low, source), source), w) if low else trunc(a, w)


def _sharpest(a: Interval, b: Interval, w: int) -> Interval:
    return both(a, b, w) or full(w)


def compare(predicate: str, a: Interval, b: Interval) -> Interval:
    """Interval of an i1 comparison: decided where the intervals decide it."""
    decided = _decide(predicate, a, b)
    return full(1) if decided is None else constant(int(decided), 1)


def _decide(predicate: str, a: Interval, b: Interval) -> bool | None:
    if predicate in ("ne", "uge", "ugt", "sge", "sgt"):
        opposite = _decide(OPPOSITE[predicate], a, b)
        return None if opposite is None else not opposite
    if predicate == "eq":
        if a.constant is not None and a.constant == b.constant:
            return True
        disjoint = a.uhi < b.ulo or b.uhi < a.ulo or a.shi < b.slo or b.shi < a.slo
        return False if disjoint else None
    alo, ahi, blo, bhi = (a.ulo, a.uhi, b.ulo, b.uhi) if predicate[0] == "u" else (a.slo, a.shi, b.slo, b.shi)
    slack = predicate in ("ule", "sle")
    if ahi < blo + slack:
        return True
    if alo >= bhi + slack:
        return False
    return None


def refine(predicate: str, a: Interval, b: Interval, w: int) -> Interval | None:
    """What remains of `a` when `a predicate b` holds."""
    if predicate == "eq":
        return both(a, b, w)
    if predicate == "ne":
        return _without(a, b.constant, w)
    bound = full(w)
    if predicate in ("ult", "ule"):
        bound = Interval(0, b.uhi - (predicate == "ult"), bound.slo, bound.shi)
    elif predicate in ("ugt", "uge"):
        bound = Interval(b.ulo + (predicate == "ugt"), bound.uhi, bound.slo, bound.shi)
    elif predicate in ("slt", "sle"):
        bound = Interval(0, bound.uhi, bound.slo, b.shi - (predicate == "slt"))
    else:
        bound = Interval(0, bound.uhi, b.slo + (predicate == "sgt"), bound.shi)
    return both(a, bound, w)


def _without(a: Interval, point: int | None, w: int) -> Interval | None:
    if point is None:
        return a
    s_point = constant(point, w).slo
    ulo, uhi = a.ulo + (a.ulo == point), a.uhi - (a.uhi == point)
    slo, shi = a.slo + (a.slo == s_point), a.shi - (a.shi == s_point)
    return both(Interval(ulo, uhi, slo, shi), full(w), w)


OPPOSITE = {"eq": "ne", "ne": "eq", "ult": "uge", "uge": "ult", "ule": "ugt", "ugt": "ule"}
OPPOSITE |= {"slt": "sge", "sge": "slt", "sle": "sgt", "sgt": "sle"}
SWAPPED = {"eq": "eq", "ne": "ne", "ult": "ugt", "ugt": "ult", "ule": "uge", "uge": "ule"}
SWAPPED |= {"slt": "sgt", "sgt": "slt", "sle": "sge", "sge": "sle"}
