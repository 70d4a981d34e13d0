# SPDX-License-Identifier: Apache-2.0
"""Random C++ about ap_int: the same text is evaluated with the vendor's headers and with the compiler's shim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

WIDTHS = (1, 1, 2, 3, 4, 7, 8, 9, 12, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 511, 1024)
NATIVES = {
    "bool": (1, False),
    "char": (8, True),
    "signed char": (8, True),
    "unsigned char": (8, False),
    "short": (16, True),
    "unsigned short": (16, False),
    "int": (32, True),
    "unsigned": (32, False),
    "long": (64, True),
    "unsigned long": (64, False),
    "long long": (64, True),
    "unsigned long long": (64, False),
}
PRELUDE = """\
#define AP_INT_MAX_W 4096
#include <ap_int.h>
#include <stdio.h>
template <int W, bool S>
void show(const ap_int_base<W, S>& x) {
  printf("%d%c", W, S ? 's' : 'u');
  for (int i = 0; i < W; i += 32) {
    printf(" %x", x.range(i + 31 < W ? i + 31 : W - 1, i).to_uint());
  }
}
template <int W, bool S> void show(const ap_range_ref<W, S>& x) { show(ap_uint<W>(x)); }
template <int W, bool S> void show(const ap_bit_ref<W, S>& x) { printf("bit %d", (int)bool(x)); }
template <int W, class A, int V, class B> void show(const ap_concat_ref<W, A, V, B>& x) { show(ap_uint<W + V>(x)); }
#define SHOW_NATIVE(T) inline void show(T x) { printf(#T " %llx", (unsigned long long)x); }
SHOW_NATIVE(bool) SHOW_NATIVE(char) SHOW_NATIVE(signed char) SHOW_NATIVE(unsigned char) SHOW_NATIVE(short)
SHOW_NATIVE(unsigned short) SHOW_NATIVE(int) SHOW_NATIVE(unsigned) SHOW_NATIVE(long) SHOW_NATIVE(unsigned long)
SHOW_NATIVE(long long) SHOW_NATIVE(unsigned long long)
"""


@dataclass(frozen=True)
class Value:
    """A variable: its C++ name and type, and whether it is an ap_int."""

    name: str
    type: str
    bits: int
    signed: bool
    ap: bool


class Generator:
    """Writes one test after the other: declarations, statements, and what to show."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.count = 0

    def program(self, tests: int) -> str:
        """Return a whole C++ program; test `i` prints one line that begins with `i:`."""
        blocks = [self._test(index) for index in range(tests)]
        calls = "\n".join(f"  test_{index}();" for index in range(tests))
        return PRELUDE + "\n".join(blocks) + f"\nint main() {{\n{calls}\n}}\n"

    def _test(self, index: int) -> str:
        self.lines, self.count = [], 0
        kind = self.random.choice(
            (self._binary,) * 8 + (self._mutation,) * 4 + (self._unary, self._nested, self._nested)
        )
        shown = kind()
        body = "\n  ".join([*self.lines, f'printf("{index}: "); show({shown}); printf("\\n");'])
        return f"void test_{index}() {{\n  {body}\n}}"

    # --- operands

    def ap(self, nonzero: bool = False) -> Value:
        """Declare an ap_int of random width, sign and bits."""
        bits, signed = self.random.choice(WIDTHS), self.random.random() < 0.5
        name = self._name()
        self.lines.append(f"{'ap_int' if signed else 'ap_uint'}<{bits}> {name} = 0;")
        pattern = self._pattern(bits) | (1 if nonzero else 0)
        for at in range(0, bits, 32):
            high, part = min(at + 31, bits - 1), (pattern >> at) & 0xFFFFFFFF
            if part:
                self.lines.append(f"{name}.range({high}, {at}) = {part}u;")
        return Value(name, f"{'ap_int' if signed else 'ap_uint'}<{bits}>", bits, signed, True)

    def native(self, nonzero: bool = False) -> Value:
        """Declare a native integer."""
        type_ = self.random.choice(list(NATIVES))
        bits, signed = NATIVES[type_]
        name = self._name()
        pattern = self._pattern(bits) | (1 if nonzero else 0)
        self.lines.append(f"{type_} {name} = ({type_}){pattern}ull;")
        return Value(name, type_, bits, signed, False)

    def _pattern(self, bits: int) -> int:
        shape = self.random.randrange(6)
        special = {0: 0, 1: (1 << bits) - 1, 2: 1 << (bits - 1), 3: (1 << (bits - 1)) - 1}
        return special.get(shape, self.random.getrandbits(bits))

    def _name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def range(self, value: Value | None = None) -> str:
        """Return a range of an ap_int; its bounds are literals or variables."""
        parent = value or self.ap()
        high = self.random.randrange(parent.bits)
        low = self.random.randrange(high + 1)
        if self.random.random() < 0.3:
            name = self._name()
            self.lines.append(f"int {name} = {low};")
            return f"{parent.name}.range({name} + {high - low}, {name})"
        return f"{parent.name}{self.random.choice(('', '.range'))}({high}, {low})"

    def bit(self) -> str:
        """Return one bit of an ap_int."""
        parent = self.ap()
        return f"{parent.name}[{self.random.randrange(parent.bits)}]"

    def concat(self) -> str:
        """Return a concatenation."""
        parts = (lambda: self.ap().name, self.range, self.bit)
        left, right = self.random.choice(parts), self.random.choice(parts)
        return f"({left()}, {right()})"

    def amount(self) -> str:
        """Return a shift distance of any type: small, negative or beyond the width."""
        value = self.random.choice((0, 1, 2, 5, 7, 31, 32, 63, 64, 70, 200, 1023, 1500, -1, -3, -40))
        if self.random.random() < 0.4:
            return str(value)
        name = self._name()
        type_ = self.random.choice(("int", "long", "ap_int<12>", "ap_int<40>", "short"))
        if value >= 0 and self.random.random() < 0.5:
            type_ = self.random.choice(("unsigned", "ap_uint<11>", "ap_uint<33>", "unsigned short", "unsigned long"))
        self.lines.append(f"{type_} {name} = {value};")
        return name

    # --- kinds of tests; each returns the expression to show

    def _binary(self) -> str:
        """One operator on two operands of random kinds."""
        operator = self.random.choice(
            ("+", "-", "*", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "<<", ">>", "/", "%")
        )
        if operator in ("<<", ">>"):
            left: Callable[[], str] = self.random.choice((lambda: self.ap().name,) * 4 + (self.range,))
            return f"{left()} {operator} {self.amount()}"
        return " ".join(self._pair(operator))

    def _pair(self, operator: str) -> tuple[str, str, str]:
        nonzero = operator in "/%"
        ap = lambda: self.ap(nonzero).name  # noqa: E731
        native = lambda: self.native(nonzero).name  # noqa: E731
        pairs = [(ap, ap)] * 6 + [(ap, native)] * 3
        if not nonzero:
            pairs += [(native, ap)] * 3
            pairs += [(ap, self.range), (self.range, ap), (self.range, native), (native, self.range)]
            pairs += [(self.range, self.range), (ap, self.bit), (self.bit, ap), (self.concat, self.concat)]
        if operator in ("==", "!=", "<", "<=", ">", ">="):
            pairs += [(ap, self.concat), (self.concat, ap), (self.concat, native)]
            pairs = [pair for pair in pairs if pair != (native, self.range)]
        left, right = self.random.choice(pairs)
        return left(), operator, right()

    def _unary(self) -> str:
        """A method or unary operator."""
        value = self.ap()
        # what the vendor's model gets wrong, the shim refuses: test_what_the_vendor_gets_wrong_is_refused
        methods = (
            "and",
            "or",
            "nor",
            *(() if value.signed else ("xor", "xnor")),
            *(("nand",) if value.bits <= 64 else ()),
        )
        conversions = (
            "int",
            "uint",
            "long",
            "ulong",
            "int64",
            "uint64",
            "char",
            "short",
            "uchar",
            "ushort",
            "schar",
            "bool",
        )
        natives = ("int", "long long", "unsigned", "short", "bool", "unsigned char")
        forms = [f"{operator}{value.name}" for operator in "-~!+"]
        forms += [f"{value.name}.{method}_reduce()" for method in methods]
        forms += [f"{value.name}.to_{conversion}()" for conversion in conversions]
        forms += [f"({native}){value.name}" for native in natives]
        forms += [f"{value.name}.{method}()" for method in ("length", "sign", "is_zero", "countLeadingZeros")]
        forms += [f"{value.name}.test({value.bits - 1})", f"ap_int<{self.random.choice(WIDTHS)}>({value.name})"]
        forms += [f"ap_uint<{self.random.choice(WIDTHS)}>({value.name})", f"{value.name}.get_bit({value.bits // 2})"]
        forms += [self.range(value), self.concat(), f"{self.range(value)}.to_int()", f"{self.range(value)}.to_uint64()"]
        forms += [f"({value.name}, {self.native().name})", f"({self.native().name}, {value.name})"]
        forms += [f"{value.name}.concat({self.ap().name})", f"({value.name} ? 3 : 4)"]
        return self.random.choice(forms)

    def _mutation(self) -> str:
        """A statement that changes a variable."""
        value = self.ap()
        name, at = value.name, self.random.randrange(value.bits)
        compound = self.random.choice(("+=", "-=", "*=", "&=", "|=", "^="))
        sources = (lambda: self.ap().name, lambda: self.native().name, self.range, self.bit, self.concat)
        source = self.random.choice(sources)
        forms: list[Callable[[], str]] = [
            lambda: f"{name} {compound} {self.ap().name};",
            lambda: f"{name} {compound} {self.native().name};",
            lambda: f"{name} {self.random.choice(('<<=', '>>='))} {self.amount()};",
            lambda: f"{name} {self.random.choice(('/=', '%='))} {self.ap(nonzero=True).name};",
            lambda: f"{name}[{at}] = {self.random.choice((self.ap().name, self.native().name, self.bit()))};",
            lambda: f"{self.range(value)} = {source()};",
            lambda: f"{name} = {source()};",
            lambda: f"{name}.{self.random.choice(('set', 'clear', 'invert'))}({at});",
            lambda: f"{name}.set_bit({at}, {self.random.choice(('true', 'false'))});",
        ]
        step = self.random.choice(("++{}", "--{}", "{}++", "{}--")).format(name)
        if self.random.random() < 0.2:
            shown = self._name()
            self.lines.append(f"auto {shown} = {step};")
            return f"({shown}, {name})"
        if self.random.random() < 0.15:
            other = self.ap()
            self.lines.append(f"({name}, {other.name}) = {self.random.choice((self.ap().name, self.native().name))};")
            return f"({name}, {other.name})"
        self.lines.append(self.random.choice(forms)())
        return name

    def _nested(self) -> str:
        """An expression of several operators, assigned to a random type."""
        target = f"{self.random.choice(('ap_int', 'ap_uint'))}<{self.random.choice(WIDTHS)}>"
        name = self._name()
        self.lines.append(f"{target} {name} = {self._tree(3)};")
        return name

    def _tree(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.2:
            return self.ap().name
        left, operator = self._tree(depth - 1), self.random.choice("+-*&|^")
        right = self.native().name if self.random.random() < 0.2 else self._tree(depth - 1)
        return f"({left} {operator} {right})"
