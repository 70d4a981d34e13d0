# SPDX-License-Identifier: Apache-2.0
"""The inner loops of the deployed operator in LLVM's language."""

from collections.abc import Mapping
from string import Template

TILE_BYTES = 64  # of a row of a tile: a cache line
SIZES = {"float": 4, "double": 8}
# for each pixel %p: START over the channels, then for each of its taps inside the image BODY over the channels. %x.at
# is the tap's row and channel, %y.at the pixel's (in START %y.start), %w.at the tap's factor; %dilation has one whole
# number a pixel, row by row, image by image
LOOPS = Template("""
define void @$name($arguments, ptr noalias %dilation, i64 %pixels, i64 %height, i64 %width, i64 %channels) {
entry:
  br label %pixel
pixel:
  %p = phi i64 [0, %entry], [%p.next, %pixel.end]
  %to = mul i64 %p, %channels
  %column = urem i64 %p, %width
  %rows = udiv i64 %p, %width
  %row = urem i64 %rows, %height
  %dilation.ptr = getelementptr i32, ptr %dilation, i64 %p
  %dilation.32 = load i32, ptr %dilation.ptr
  %far = sext i32 %dilation.32 to i64
  br label %start
start:
  %s = phi i64 [0, %pixel], [%s.next, %start]
  %y.start = add i64 %to, %s
$start
  %s.next = add i64 %s, 1
  %s.done = icmp eq i64 %s.next, %channels
  br i1 %s.done, label %tap, label %start
tap:
  %t = phi i64 [0, %start], [%t.next, %tap.end]
  %tap.row = udiv i64 %t, 3
  %tap.column = urem i64 %t, 3
  %down = sub i64 %tap.row, 1
  %right = sub i64 %tap.column, 1
  %down.far = mul i64 %down, %far
  %right.far = mul i64 %right, %far
  %row.read = add i64 %row, %down.far
  %column.read = add i64 %column, %right.far
  %row.inside = icmp ult i64 %row.read, %height
  %column.inside = icmp ult i64 %column.read, %width
  %inside = and i1 %row.inside, %column.inside
  br i1 %inside, label %channels.start, label %tap.end
channels.start:
  %down.pixels = mul i64 %down.far, %width
  %away = add i64 %down.pixels, %right.far
  %place = add i64 %p, %away
  %from = mul i64 %place, %channels
  %factors = mul i64 %t, %channels
  br label %channel
channel:
  %c = phi i64 [0, %channels.start], [%c.next, %channel]
  %x.at = add i64 %from, %c
  %y.at = add i64 %to, %c
  %w.at = add i64 %factors, %c
$body
  %c.next = add i64 %c, 1
  %c.done = icmp eq i64 %c.next, %channels
  br i1 %c.done, label %tap.end, label %channel
tap.end:
  %t.next = add i64 %t, 1
  %t.done = icmp eq i64 %t.next, 9
  br i1 %t.done, label %pixel.end, label %tap
pixel.end:
  %p.next = add i64 %p, 1
  %p.done = icmp eq i64 %p.next, %pixels
  br i1 %p.done, label %end, label %pixel
end:
  ret void
}
""")
# where each array is read or written, in BODY and in START
AT = {"y": "y.at", "g": "y.at", "slope": "p", "x": "x.at", "by_x": "x.at", "w": "w.at", "by_w": "w.at"}
AT_START = {"y": "y.start", "g": "y.start", "slope": "p"}
ZERO = """
  %y.ptr = getelementptr $type, ptr %y, i64 %y.start
  store $type 0.0, ptr %y.ptr"""
# whole tiles of each matrix of x [matrices, rows, columns] to their places in y [matrices, columns, rows]
TILES = Template("""
define void @transpose(ptr noalias %y, ptr noalias %x, i64 %matrices, i64 %rows, i64 %columns) {
entry:
  %size = mul i64 %rows, %columns
  %rows.whole = and i64 %rows, -$tile
  %columns.whole = and i64 %columns, -$tile
  br label %matrix
matrix:
  %m = phi i64 [0, %entry], [%m.next, %matrix.end]
  %from = mul i64 %m, %size
  br label %column
column:
  %c = phi i64 [0, %matrix], [%c.next, %column.end]
  br label %row
row:
  %r = phi i64 [0, %column], [%r.next, %row]
$body
  %r.next = add i64 %r, $tile
  %r.done = icmp eq i64 %r.next, %rows.whole
  br i1 %r.done, label %column.end, label %row
column.end:
  %c.next = add i64 %c, $tile
  %c.done = icmp eq i64 %c.next, %columns.whole
  br i1 %c.done, label %matrix.end, label %column
matrix.end:
  %m.next = add i64 %m, 1
  %m.done = icmp eq i64 %m.next, %matrices
  br i1 %m.done, label %end, label %matrix
end:
  ret void
}
""")


def text(kind: str) -> str:
    """All functions, for numbers of one kind."""

    def added(*arrays: str) -> str:
        return _product("fadd", kind, AT, *arrays)

    taken = _product("fsub", kind, AT_START, "slope", "g", "y")
    return (
        _loops("gather", "y x w", Template(ZERO).substitute(type=kind), added("y", "w", "x"))
        + _loops("scatter", "by_x by_w x w g", "", added("by_x", "w", "g") + added("by_w", "x", "g"))
        + _loops("project", "slope x w y g", taken, added("slope", "w", "x", "g"))
        + _tiles(kind)
    )


def _loops(name: str, arrays: str, start: str, body: str) -> str:
    arguments = ", ".join(f"ptr noalias %{array}" for array in arrays.split())
    return LOOPS.substitute(name=name, arguments=arguments, start=start, body=body)


def _product(operation: str, kind: str, at: Mapping[str, str], into: str, *factors: str) -> str:
    """The product of the factors added to `into` or taken off it, in any order of sums."""
    names = {array: f"%{operation}.{into}.{array}" for array in (into, *factors)}
    lines = [line for array, name in names.items() for line in _loaded(kind, array, at[array], name)]
    product = names[factors[0]]
    for array in factors[1:]:
        lines.append(f"{product}.{array} = fmul contract reassoc {kind} {product}, {names[array]}")
        product += f".{array}"
    result = f"{names[into]}.result"
    lines.append(f"{result} = {operation} contract reassoc {kind} {names[into]}, {product}")
    lines.append(f"store {kind} {result}, ptr {names[into]}.ptr")
    return "\n".join(f"  {line}" for line in lines) + "\n"


def _loaded(kind: str, array: str, at: str, name: str) -> tuple[str, str]:
    """As %name, from %name.ptr."""
    return f"{name}.ptr = getelementptr {kind}, ptr %{array}, i64 %{at}", f"{name} = load {kind}, ptr {name}.ptr"


def tile(kind: str) -> int:
    """Rows and columns of a tile."""
    return TILE_BYTES // SIZES[kind]


def _tiles(kind: str) -> str:
    """A tile is transposed in registers: halves, quarters, ... of its rows change places with those of its columns."""
    count, vector = tile(kind), f"<{tile(kind)} x {kind}>"
    lines = [line for at in range(count) for line in _moved("x", "r", "c", "columns", at)]
    lines += [f"%v{at}.0 = load {vector}, ptr %x.ptr{at}, align {SIZES[kind]}" for at in range(count)]
    apart, stage = count // 2, 0
    while apart:
        for at in range(count):
            first = at & ~apart
            mask = ", ".join(f"i32 {_source(lane, at & apart, apart, count)}" for lane in range(count))
            pair = f"{vector} %v{first}.{stage}, {vector} %v{first + apart}.{stage}"
            lines.append(f"%v{at}.{stage + 1} = shufflevector {pair}, <{count} x i32> <{mask}>")
        apart, stage = apart // 2, stage + 1
    lines += [line for at in range(count) for line in _moved("y", "c", "r", "rows", at)]
    lines += [f"store {vector} %v{at}.{stage}, ptr %y.ptr{at}, align {SIZES[kind]}" for at in range(count)]
    return TILES.substitute(tile=count, body="\n".join(f"  {line}" for line in lines)).replace("@kind", kind)


def _source(lane: int, second: int, apart: int, count: int) -> int:
    """Where a lane of the first or second of two rows comes from, in both: the off-diagonal halves are exchanged."""
    if second:
        return count + lane if lane & apart else lane + apart
    return count + lane - apart if lane & apart else lane


def _moved(array: str, outer: str, inner: str, pitch: str, at: int) -> tuple[str, ...]:
    """%array.ptr: of the tile's row so many down."""
    name = f"%{array}{at}"
    return (
        f"{name}.row = add i64 %{outer}, {at}",
        f"{name}.start = mul i64 {name}.row, %{pitch}",
        f"{name}.in = add i64 {name}.start, %{inner}",
        f"{name}.at = add i64 {name}.in, %from",
        f"%{array}.ptr{at} = getelementptr @kind, ptr %{array}, i64 {name}.at",
    )
