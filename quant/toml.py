# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses from TOML tables and back. Unknown keys and wrong types are refused by name."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from quant.errors import ConfigError

T = TypeVar("T")


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a file; a missing or malformed one is a ConfigError with its name."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML ({error})") from error


def suggest(name: str, known: Iterable[str]) -> str:
    """End a message about an unknown name: the nearest known one, or all of them."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"


def from_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """Build a dataclass from a table; lists become tuples, integers are taken where a float is meant."""
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in names:
            raise ConfigError(f"{where}: unknown key {key!r}; {suggest(key, names)}")
    try:
        return kind(**{key: _coerce(value, hints[key], f"{where}.{key}") for key, value in table.items()})
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error


def _coerce(value: Any, hint: Any, where: str) -> Any:
    if isinstance(value, list):
        return tuple(value)
    plain = hint if isinstance(hint, type) else None
    if plain is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if plain in (int, float, str, bool) and type(value) is not plain:
        raise ConfigError(f"{where}: got {value!r}; expected {plain.__name__}")
    return value


def to_toml(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """Print nested tables of scalars and tuples so that `tomllib` reads back the same."""
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    nested = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"[{'.'.join(_key(part) for part in path)}]"] if path and (plain or not nested) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    text = "\n".join(lines) + "\n" if lines else ""
    for key, value in nested.items():
        text += ("\n" if text else "") + to_toml(value, (*path, key))
    return text


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    return repr(value)
