# SPDX-License-Identifier: Apache-2.0
"""Pragmas: which exist, what they may say, and the C++ call each becomes.

The preprocessed source keeps its pragmas on their own lines. Each is replaced, on its line, by a call
`__hls_pragma(number, &variable, constants...)`: clang itself then resolves the names and evaluates the expressions,
in templates too, and the position of the call in the IR tells the loop or function that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front.expression import expression
from codesign.hls.program import SourceLoc

PREFIX = """\
extern "C" void __hls_pragma(int, const volatile void*, ...);
template <long long V> struct __hls_constant { enum : long long { value = V }; };
template <class T> constexpr auto __hls_width(const volatile T*, int) -> decltype(+T::width) { return T::width; }
template <class T> constexpr int __hls_width(const volatile T*, ...) { return 8 * sizeof(T); }
"""


@dataclass(frozen=True)
class Rule:
    """What one pragma may say. `words` maps a key to its legal words (empty: any); a flag is a word without a key.

    `flags` maps each flag to the key whose value it is, or to "" if it changes nothing here.
    """

    variable: str = ""
    constants: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def _flags(key: str, words: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(words, key)


_PARTITIONS = ("complete", "cyclic", "block")
_STORAGES = ("ram_1p", "ram_1wnr", "ram_2p", "ram_s2p", "ram_t2p", "rom_1p", "rom_2p", "rom_np")
RULES: Mapping[str, Rule] = {
    "PIPELINE": Rule(
        constants=("ii",),
        words={"style": ("stp", "flp", "frp")},
        flags={"rewind": ""},
        refused={"off": "every innermost loop is pipelined; delete the pragma, or unroll the loop"},
    ),
    "UNROLL": Rule(constants=("factor",), flags={"skip_exit_check": ""}),
    "ARRAY_PARTITION": Rule(
        variable="variable",
        constants=("factor", "dim"),
        words={"type": _PARTITIONS},
        flags=_flags("type", _PARTITIONS),
        required=("variable", "type"),
    ),
    "BIND_STORAGE": Rule(
        variable="variable",
        constants=("latency",),
        words={"type": _STORAGES, "impl": ("auto", "lutram", "bram", "uram")},
        required=("variable", "type"),
    ),
    "BIND_OP": Rule(
        variable="variable",
        constants=("latency",),
        words={"op": ("mul",), "impl": ("auto", "dsp", "fabric")},
        required=("variable", "op"),
    ),
    "DEPENDENCE": Rule(
        variable="variable",
        words={"type": ("inter", "intra"), "dependent": ("true", "false")},
        flags={**_flags("type", ("inter", "intra")), **_flags("dependent", ("true", "false"))},
        required=("variable", "dependent"),
    ),
    "STREAM": Rule(
        variable="variable",
        constants=("depth",),
        words={"type": ("fifo",)},
        required=("variable", "depth"),
    ),
    "DATAFLOW": Rule(),
    "INTERFACE": Rule(
        variable="port",
        words={"mode": ("axis", "ap_ctrl_none")},
        flags=_flags("mode", ("axis", "ap_ctrl_none")),
        required=("port", "mode"),
    ),
    "INLINE": Rule(flags={"off": "switch", "recursive": ""}),
    "LOOP_TRIPCOUNT": Rule(constants=("min", "max", "avg")),
    "LOOP_FLATTEN": Rule(flags={"off": ""}),
    "BLACKBOX": Rule(words={"module": (), "file": ()}, required=("module", "file")),
}
LOOP_PRAGMAS = ("PIPELINE", "UNROLL")
ARRAY_PRAGMAS = {"ARRAY_PARTITION": "partition", "BIND_STORAGE": "storage", "DEPENDENCE": "dependence"}
_NO_EFFECT = ("LOOP_TRIPCOUNT", "LOOP_FLATTEN")
_FAMILIES = {"HLS": tuple(name for name in RULES if name != "BLACKBOX"), "CODESIGN": ("BLACKBOX",)}

_LINE = re.compile(r"\s*#\s*pragma\s+(hls|codesign)\b(.*)", re.I)
_MARKER = re.compile(r'# (\d+) "((?:[^"\\]|\\.)*)"')
_KEY = re.compile(r"\s*(\w+)\s*=(?!=)\s*")
_FLAG = re.compile(r"\s*(\w+)")
_WORD = re.compile(r'"[^"]*"|\S+')


@dataclass(frozen=True)
class Pragma:
    """One pragma as written; `constants` names the keys whose values the call carries, in order."""

    name: str
    words: Mapping[str, str]
    expressions: Mapping[str, str]
    loc: SourceLoc

    @property
    def constants(self) -> tuple[str, ...]:
        return tuple(self.expressions)

    def __str__(self) -> str:
        return f"#pragma {'CODESIGN' if self.name == 'BLACKBOX' else 'HLS'} {self.name}"


def parse(text: str, loc: SourceLoc, family: str = "HLS") -> Pragma:
    """Read what follows `#pragma HLS` or `#pragma CODESIGN`; raise HlsError."""
    head = _FLAG.match(text)
    name = head[1].upper() if head else ""
    known = _FAMILIES[family]
    if head is None or name not in known:
        raise HlsError(
            f"{loc}: #pragma {family} {text.strip()}: this pragma is not known; known are {', '.join(known)}"
        )
    rule, words, expressions, at = RULES[name], dict[str, str](), dict[str, str](), head.end()
    while text[at:].strip():
        key, value, at = _argument(name, rule, text, at, loc)
        _refuse_if(key in words or key in expressions, loc, name, f"'{key}' stands twice")
        (expressions if key in rule.constants else words)[key] = value
    for key in rule.required:
        _refuse_if(key not in words and key not in expressions, loc, name, f"'{key}=' is missing")
    return Pragma(name, {k: v for k, v in words.items() if k}, expressions, loc)


def _argument(name: str, rule: Rule, text: str, at: int, loc: SourceLoc) -> tuple[str, str, int]:
    """Read `key=value` or a flag; return key, value and where the next one begins."""
    if keyed := _KEY.match(text, at):
        key = keyed[1].lower()
        if key in rule.constants:
            value, end = expression(text, keyed.end())
            _refuse_if(not value, loc, name, f"'{key}=' has no value")
            return key, value, end
        word = _WORD.match(text, keyed.end())
        _refuse_if(key != rule.variable and key not in rule.words, loc, name, _unknown(key, rule))
        _refuse_if(word is None, loc, name, f"'{key}=' has no value")
        assert word
        value = word[0].strip('"') if key == rule.variable or not rule.words[key] else word[0].lower()
        legal = rule.words.get(key, ())
        _refuse_if(bool(legal) and value not in legal, loc, name, f"{key}={value}: must be {' | '.join(legal)}")
        return key, value, word.end()
    flag = _FLAG.match(text, at)
    _refuse_if(flag is None, loc, name, f"'{text[at:].strip()}' is not an argument")
    assert flag
    word_ = flag[1].lower()
    _refuse_if(word_ in rule.refused, loc, name, f"'{word_}' is not supported: {rule.refused.get(word_)}")
    _refuse_if(word_ not in rule.flags, loc, name, _unknown(word_, rule))
    return rule.flags[word_], word_, flag.end()


def _unknown(key: str, rule: Rule) -> str:
    known = [f"{k}=" for k in (rule.variable, *rule.constants, *rule.words) if k] + list(rule.flags)
    return f"'{key}' is not supported here; {'it takes ' + ', '.join(known) if known else 'it takes no argument'}"


def _refuse_if(condition: bool, loc: SourceLoc, name: str, what: str) -> None:
    if condition:
        raise HlsError(f"{loc}: #pragma {'CODESIGN' if name == 'BLACKBOX' else 'HLS'} {name}: {what}")


def call(number: int, pragma: Pragma) -> str:
    """Return the C++ statement that stands for a pragma."""
    if pragma.name in _NO_EFFECT:
        return ";"
    variable = pragma.words.get(RULES[pragma.name].variable, "")
    if pragma.name == "INTERFACE" and variable == "return":
        variable = ""
    arguments = [str(number), f"&({variable})" if variable else "nullptr"]
    if pragma.name == "BIND_OP":
        arguments += [_constant(f"__hls_width((decltype(&({variable})))0, 0)"), _constant(f"8 * sizeof({variable})")]
    if pragma.name == "STREAM":
        arguments.append(_constant(f"sizeof({variable})"))  # the shim's streams have one byte each
    arguments += [_constant(value) for value in pragma.expressions.values()]
    return f"__hls_pragma({', '.join(arguments)});"


def _constant(value: str) -> str:
    return f"__hls_constant<({value})>::value"


def rewrite(preprocessed: str) -> tuple[str, list[Pragma]]:
    """Replace every pragma of the preprocessed text by its call; the number in a call indexes the list."""
    pragmas: list[Pragma] = []
    return PREFIX + "\n".join(_lines(preprocessed, pragmas)) + "\n", pragmas


def _lines(preprocessed: str, pragmas: list[Pragma]) -> Iterator[str]:
    file, number, before = "", 0, ";"
    for line in preprocessed.splitlines():
        marker = _MARKER.match(line)
        if marker:
            file, number = _shown(marker[2]), int(marker[1])
            yield line
            continue
        found = _LINE.match(line)
        if found:
            loc = SourceLoc(file, number)
            pragma = parse(found[2], loc, found[1].upper())
            _check_place(before, pragma)
            yield call(len(pragmas), pragma)
            pragmas.append(pragma)
        else:
            before = line.strip() or before
            yield line
        number += 1


def _shown(name: str) -> str:
    """Undo the escapes of a line marker."""
    return str(Path(name.replace('\\"', '"').replace("\\\\", "\\")))


def _check_place(before: str, pragma: Pragma) -> None:
    """A call is a statement: as the unbraced body of a `for` it would push the real body out of the loop."""
    if before[-1] in "{};:" or before.startswith("#"):
        return
    raise HlsError(
        f"{pragma.loc}: {pragma}: a pragma stands between statements; put braces around the body it belongs to"
    )
