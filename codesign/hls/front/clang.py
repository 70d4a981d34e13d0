# SPDX-License-Identifier: Apache-2.0
"""Running clang: source -> preprocessed text -> unoptimised LLVM text, and clang's errors as ours."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codesign.errors import HlsError, ToolFailed
from codesign.hls.front.pragmas import Pragma, rewrite
from codesign.hls.program import SourceLoc
from codesign.toolchain.zig import ZIG

SHIM = Path(__file__).parents[1] / "shim"
TEMPLATES = Path(__file__).parents[3] / "hls_templates" / "include"
# What headers look at: the same for both steps.
_LANGUAGE = ("-std=c++14", "-O1", "-fno-exceptions", "-fno-rtti", "-mcpu=baseline", "-fno-color-diagnostics")
# Macros in pragmas are expanded only under the Microsoft extensions. An assertion is no hardware.
_PREPROCESS = (*_LANGUAGE, "-E", "-fms-extensions", "-D__SYNTHESIS__", "-D__CODESIGN_HLS__", "-DNDEBUG")
# -O1 without passes: what -O0 gives, and lifetime markers.
_COMPILE = (
    *(*_LANGUAGE, "-w", "-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", "-fno-strict-aliasing"),
    *("-fno-discard-value-names", "-gline-tables-only", "-gno-column-info", "-gno-key-instructions"),
    *("-fno-threadsafe-statics", "-fno-stack-protector", "-fno-sanitize=all", "-ferror-limit=20"),
    # a folder that shares no prefix with any file: file names stay as the user gave them
    "-fdebug-compilation-dir=/-",
)
_ENCODING, _ERRORS = "utf-8", "surrogateescape"  # of the user's files, whatever they hold
_ERROR = re.compile(r"^(.+?):(\d+):\d+: (?:fatal )?error: (.*)$")
_INSTANTIATED = re.compile(r"^(.+?):(\d+):\d+: note: in instantiation of (.*) requested here$")
_INCLUDED = re.compile(r"^In file included from (.+?):(\d+):$")


@dataclass
class _Error:
    """One error of clang's and what it says around it."""

    loc: SourceLoc
    message: str
    included: SourceLoc | None
    instantiated: list[tuple[str, SourceLoc]] = field(default_factory=list)

    def user(self) -> SourceLoc:
        """Return the line of the user's: an error inside the shim is the fault of who includes or instantiates it."""
        outside = (loc for _, loc in self.instantiated if not loc.file.startswith(str(SHIM)))
        return next(outside, self.included or self.loc) if self.loc.file.startswith(str(SHIM)) else self.loc

    def text(self, pragma: Pragma | None) -> str:
        """Return `file:line: message`, with the place that instantiated a template."""
        user = self.user()
        what = f"{pragma}: {self.message}" if pragma else self.message
        inside = [f" (in {name} at {loc})" for name, loc in self.instantiated[:1] if loc != user]
        return f"{user}: {what}{''.join(inside)}"


def compile_source(
    source: Path, include: Sequence[Path], defines: Mapping[str, str]
) -> tuple[str, list[Pragma], tuple[Path, ...]]:
    """Return the unoptimised LLVM text, the pragmas, and the folders that were searched; raise HlsError."""
    folders = (source.parent, *include)
    with tempfile.TemporaryDirectory(prefix="codesign-") as name:
        work = Path(name)
        options = [*_PREPROCESS, *(f"-D{key}={value}" for key, value in defines.items())]
        options += [f"-I{folder}" for folder in include]
        options += ["-isystem", str(SHIM), "-isystem", str(TEMPLATES)]
        # zig's cache takes two spellings of a path for one, and every line would carry the earlier spelling
        options.append(f"-D__CODESIGN_SPELLED__={source}")
        preprocessed = work / "preprocessed.ii"
        _run([*options, "-o", str(preprocessed), str(source)], [])
        text, pragmas = rewrite(preprocessed.read_text(_ENCODING, _ERRORS))
        rewritten = work / "rewritten.cpp"
        rewritten.write_text(text, _ENCODING, _ERRORS)
        _run([*_COMPILE, "-o", str(work / "unoptimised.ll"), str(rewritten)], pragmas)
        return (work / "unoptimised.ll").read_text(_ENCODING, _ERRORS), pragmas, folders


def _run(options: Sequence[str], pragmas: Sequence[Pragma]) -> None:
    command = [*ZIG.command(), "c++", *options]
    done = subprocess.run(command, capture_output=True, check=False, encoding=_ENCODING, errors="replace")
    if done.returncode == 0:
        return
    errors = _errors(done.stderr, pragmas)
    raise HlsError("\n".join(errors)) if errors else ToolFailed(f"zig: {done.stderr.strip()}")


def _errors(stderr: str, pragmas: Sequence[Pragma]) -> list[str]:
    """Return clang's errors as ours."""
    at = {pragma.loc: pragma for pragma in pragmas}
    errors: list[_Error] = []
    included: SourceLoc | None = None
    for line in stderr.splitlines():
        if include := _INCLUDED.match(line):
            included = included or SourceLoc(include[1], int(include[2]))
        elif error := _ERROR.match(line):
            errors.append(_Error(SourceLoc(error[1], int(error[2])), _message(error[3]), included))
            included = None
        elif errors and (note := _INSTANTIATED.match(line)):
            errors[-1].instantiated.append((note[3], SourceLoc(note[1], int(note[2]))))
    return [error.text(at.get(error.loc)) for error in errors]


def _message(text: str) -> str:
    return f"{text}; add its folder with -I" if text.endswith("file not found") else text
