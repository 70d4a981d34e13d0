# SPDX-License-Identifier: Apache-2.0
"""The sets of number formats that papers name."""

from quant.errors import ConfigError
from quant.numerics.formats import Format, parse_format

_SMALL_FLOATS = "e2m1 e3m0 e2m2 e3m1 e2m3 e3m2 e2m4 e3m3 e4m2 e3m4 e4m3 e5m2"
# -s and -l as published; the others are wider
SPACES = {
    "int-s": "int4 int8",
    "int-l": "int4 int5 int6 int7 int8",
    "int-xl": "int2 int3 int4 int5 int6 int7 int8",
    "float-s": "e2m1 e4m3 bf16",
    "float-l": f"{_SMALL_FLOATS} bf16",
    "mixed": f"int4 int5 int6 int7 int8 {_SMALL_FLOATS}",
}


def parse_space(text: str) -> tuple[Format, ...]:
    """The formats of a named space, or of a list such as `int2,int4,e2m1`, fewest bits first."""
    names = SPACES.get(text, text.replace(",", " ")).split()
    if not names:
        raise ConfigError(f"search space {text!r} is empty; expected formats such as int2,int4 or {', '.join(SPACES)}")
    formats = dict.fromkeys(parse_format(name) for name in names)
    return tuple(sorted(formats, key=lambda f: f.bits))
