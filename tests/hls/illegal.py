# SPDX-License-Identifier: Apache-2.0
"""Programs outside the subset, each with what its refusal must say."""

from dataclasses import dataclass

HEAD = """#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
"""
LOOP = "for (int i = 0; i < 16; i++) {\n#pragma HLS PIPELINE II=1\n"


@dataclass(frozen=True)
class Illegal:
    """A program; `line` counts from the first line of `text`, `says` is a regular expression."""

    name: str
    text: str
    line: int
    says: str

    @property
    def source(self) -> str:
        return HEAD + self.text

    @property
    def source_line(self) -> int:
        return self.line + HEAD.count("\n")


ILLEGAL = [
    Illegal("division", f"void top(S& a, S& b) {{\n{LOOP}  b.write(a.read() / 3);\n}} }}", 4, "division.*shift"),
    Illegal(
        "remainder", f"void top(S& a, S& b) {{\n{LOOP}  int x = a.read();\n  b.write(x % 5);\n}} }}", 5, "remainder"
    ),
    Illegal(
        "float",
        f"void top(S& a, S& b) {{\n{LOOP}  float x = a.read().to_int();\n  b.write(int(x * 2.5f));\n}} }}",
        4,
        "floating point.*ap_int",
    ),
    Illegal(
        "read twice",
        f"void top(S& a, S& b) {{\n{LOOP}  ap_int<8> x = a.read();\n  b.write(x + a.read());\n}} }}",
        5,
        "second on the same stream.*merge",
    ),
    Illegal(
        "write twice",
        f"void top(S& a, S& b) {{\n{LOOP}  ap_int<8> x = a.read();\n  b.write(x);\n  b.write(x);\n}} }}",
        6,
        "second on the same stream.*merge",
    ),
    Illegal(
        "data-dependent read",
        f"void top(S& a, S& c, S& b) {{\n{LOOP}  ap_int<8> x = a.read();\n  if (x > 0) x = c.read();\n  b.write(x);\n}} }}",
        5,
        "depends on a word read in the same clock",
    ),
    Illegal(
        "index beyond the end",
        f"void top(S& a, S& b) {{\nap_int<8> t[15];\n{LOOP}  t[i] = a.read();\n  b.write(t[0]);\n}} }}",
        5,
        r"index of 't'.*0\.\.15.*elements 0\.\.14",
    ),
    Illegal(
        "index from data",
        f"void top(U& a, S& b) {{\nap_int<8> t[200];\n{LOOP}  b.write(t[a.read()]);\n  t[i] = 1;\n}} }}",
        5,
        r"index of 't'.*0\.\.255",
    ),
    Illegal(
        "negative index",
        f"void top(S& a, S& b) {{\nap_int<8> t[16];\n{LOOP}  t[i] = a.read();\n  b.write(t[i - 1]);\n}} }}",
        6,
        r"index of 't'.*-1\.\.14",
    ),
    Illegal(
        "array written twice",
        f"void top(U& a, U& b) {{\nap_uint<8> t[256];\n{LOOP}  ap_uint<8> x = a.read();\n  t[x] = 1;\n  t[x ^ 1] = 2;\n"
        "  b.write(t[i]);\n} }",
        7,
        "written twice in one iteration.*ARRAY_PARTITION",
    ),
    Illegal(
        "pointer chosen at run time",
        f"void top(U& a, U& b) {{\nap_uint<8> s[256], t[256];\n{LOOP}  ap_uint<8> x = a.read();\n  s[i] = x; t[i] = i;\n"
        "  ap_uint<8>* p = x[0] ? s : t;\n  b.write(p[x]);\n} }",
        8,
        "chosen at run time",
    ),
    Illegal(
        "block RAM in a recurrence",
        "void top(U& a, U& b) {\nap_uint<32> h[256];\n#pragma HLS BIND_STORAGE variable=h type=ram_2p impl=bram\n"
        f"{LOOP}  ap_uint<8> x = a.read();\n  h[x] = h[x] + 1;\n  b.write(h[i]);\n}} }}",
        7,
        "within one clock.*DEPENDENCE",
    ),
    Illegal(
        "read decided by a slow array",
        f"void top(U& a, U& b, U& c) {{\nstatic ap_uint<8> t[256];\n{LOOP}  t[i] = a.read();\n}}\n{LOOP}"
        "  if (t[i * 3] > 4) b.write(c.read());\n} }",
        9,
        "depends on the array.*answers a clock later",
    ),
    Illegal(
        "no pipeline",
        "void top(S& a, S& b) {\nfor (int i = 0; i < 16; i++) {\n  b.write(a.read());\n} }",
        2,
        "PIPELINE",
    ),
    Illegal(
        "inner loop of unknown bound",
        f"void top(U& a, U& b) {{\n{LOOP}  ap_uint<8> n = a.read();\n  ap_uint<8> s = 0;\n  for (int k = 0; k < n; k++)"
        " s += k;\n  b.write(s);\n} }",
        6,
        "bound",
    ),
    Illegal(
        "unknown pragma",
        "void top(S& a, S& b) {\nfor (int i = 0; i < 4; i++) {\n#pragma HLS PIPELYNE\n  b.write(a.read());\n} }",
        3,
        "PIPELYNE",
    ),
    Illegal(
        "pragma on no variable",
        "void top(S& a, S& b) {\nap_int<8> t[4];\n#pragma HLS ARRAY_PARTITION variable=u complete\n"
        f"{LOOP}  t[i & 3] = a.read();\n  b.write(t[0]);\n}} }}",
        3,
        "'?u'?",
    ),
    Illegal(
        "two producers",
        f"void p(S& a, S& b) {{\n{LOOP}  b.write(a.read());\n}} }}\nvoid top(S& a, S& c, S& b) {{\n#pragma HLS DATAFLOW\n"
        "  p(a, b);\n  p(c, b);\n}",
        9,
        "one producer",
    ),
    Illegal(
        "no consumer",
        f"void p(S& a, S& b) {{\n{LOOP}  b.write(a.read());\n}} }}\nvoid top(S& a, S& b) {{\n#pragma HLS DATAFLOW\n"
        "  S s, t;\n  p(a, s);\n}",
        6,
        "used by no process",
    ),
    Illegal("syntax", "void top(S& a, S& b) {\n  b.write(a.read())\n}", 2, "expected ';'"),
    Illegal("undeclared", "void top(S& a, S& b) {\n  b.write(nothing);\n}", 2, "nothing"),
    Illegal(
        "recursion",
        f"int f(int n) {{ return n < 2 ? 1 : f(n - 1) + f(n - 2); }}\nvoid top(S& a, S& b) {{\n{LOOP}"
        "  b.write(f(a.read()));\n} }",
        5,
        "recursion has no circuit",
    ),
    Illegal(
        "partial unroll beside a remainder",
        "void top(S& a, S& b) {\nfor (int i = 0; i < 10; i++) {\n#pragma HLS PIPELINE\n#pragma HLS UNROLL factor=2\n"
        "  b.write(a.read());\n} }",
        5,
        "second on the same stream|factor",
    ),
    Illegal(
        "large recurrent array",
        f"void top(hls::stream<ap_uint<12>>& a, hls::stream<ap_uint<32>>& b) {{\nap_uint<32> h[4096];\n{LOOP}  ap_uint<12> x = a.read();\n"
        "  h[x] = h[x] + 1;\n  b.write(h[i]);\n} }",
        6,
        "64 Kbit",
    ),
    Illegal(
        "rotation by data",
        f"void top(U& a, hls::stream<ap_uint<32>>& b) {{\nunsigned x = 12345;\n{LOOP}"
        "  unsigned k = a.read() & 31;\n  x = (x << k) | (x >> (32 - k));\n  b.write(x);\n} }",
        6,
        "rotation|shift",
    ),
    Illegal(
        "BIND_OP on a sum",
        f"void top(S& a, S& b) {{\n{LOOP}  ap_int<8> x = a.read();\n  ap_int<9> p = x + 1;\n"
        "#pragma HLS BIND_OP variable=p op=mul impl=dsp\n  b.write(p);\n} }",
        6,
        "not a product",
    ),
    Illegal(
        "function pointer",
        "typedef int (*F)(int);\nint one(int x) { return x + 1; }\nint two(int x) { return x + 2; }\n"
        f"void top(S& a, S& b) {{\n{LOOP}  ap_int<8> x = a.read();\n  F f = x > 0 ? one : two;\n  b.write(f(x));\n}} }}",
        9,
        "call through a pointer",
    ),
    Illegal(
        "dynamic memory",
        f"void top(S& a, S& b) {{\nint* p = new int[4];\n{LOOP}  p[i & 3] = a.read();\n  b.write(p[0]);\n}} }}",
        2,
        "no body in this translation unit",
    ),
]
