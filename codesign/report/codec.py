# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to and from JSON: the annotations are the schema, and what does not match is refused."""

import math
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from codesign.errors import ReportError

T = TypeVar("T")


def encode(record: Any) -> dict[str, Any]:
    """Return a dataclass as JSON values."""
    return asdict(record)


def decode(kind: type[T], data: Any, where: str) -> T:
    """Return the dataclass `kind` that `data` describes; raise ReportError naming the place of the first fault."""
    return cast(T, _value(kind, data, where))


def _value(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin is UnionType:
        return _optional(kind, data, where)
    if origin is Literal:
        return _expect(data in get_args(kind), data, where, " or ".join(get_args(kind)))
    if origin is tuple:
        return _tuple(get_args(kind), data, where)
    if is_dataclass(kind):
        return _record(cast(type[Any], kind), data, where)
    return _scalar(kind, data, where)


def _scalar(kind: type, data: Any, where: str) -> Any:
    if kind is float:
        number = isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data)
        return _expect(number, data, where, "a finite number")
    return _expect(type(data) is kind, data, where, f"of type {kind.__name__}")


def _optional(kind: Any, data: Any, where: str) -> Any:
    (inner,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return None if data is None else _value(inner, data, where)


def _tuple(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(data, list), data, where, "a list")
    inner = (kinds[0],) * len(data) if kinds[-1] is Ellipsis else kinds
    _expect(len(inner) == len(data), data, where, f"a list of {len(inner)}")
    return tuple(_value(kind, item, f"{where}[{at}]") for at, (kind, item) in enumerate(zip(inner, data, strict=True)))


def _record(kind: type[Any], data: Any, where: str) -> Any:
    _expect(isinstance(data, dict), data, where, "an object")
    hints = get_type_hints(kind)
    needed = {f.name for f in fields(kind) if f.default is MISSING}
    odd = sorted((needed - set(data)) | (set(data) - set(hints)))
    _expect(not odd, sorted(data), where, f"the fields of {kind.__name__}; missing or not known: {', '.join(odd)}")
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _expect(condition: bool, data: Any, where: str, expected: str) -> Any:
    if not condition:
        raise ReportError(f"{where}: {str(data)[:80]!r} is not {expected}")
    return data
