# SPDX-License-Identifier: Apache-2.0
"""An external program as a proxy: is it there, which version, run it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codesign.errors import ToolFailed, ToolNotFound

TELLING_LINES = 12  # of a failed program's output, in its error message


@dataclass(frozen=True)
class Result:
    """What a finished program said; `seconds` is wall time."""

    stdout: str
    stderr: str
    seconds: float


def _no_changes() -> Mapping[str, str | None]:
    return {}


@dataclass(frozen=True)
class Tool:
    """One program. `$CODESIGN_<NAME>` (a command with its leading arguments) wins over `packaged` and over PATH.

    `packaged` answers with the command that a Python package brings, if it is installed; `environment` with the
    variables to set (or, for None, to unset) around every run.
    """

    name: str
    purpose: str
    remedy: str
    programs: tuple[str, ...]
    version_argument: str = "--version"
    packaged: Callable[[], Sequence[str] | None] = lambda: None
    environment: Callable[[], Mapping[str, str | None]] = field(default=_no_changes)

    @property
    def variable(self) -> str:
        """Name of the environment variable that overrides the search."""
        return f"CODESIGN_{self.name.upper()}"

    def command(self) -> list[str]:
        """Return the program with its leading arguments; raise ToolNotFound."""
        found = self._search()
        if found is None:
            raise ToolNotFound(
                f"{self.name}: not found (looked at ${self.variable}, Python packages, and PATH for "
                f"{', '.join(self.programs)}); it is needed {self.purpose}; {self.remedy}"
            )
        return found

    def _search(self) -> list[str] | None:
        if explicit := os.environ.get(self.variable):
            words = shlex.split(explicit)
            return words if shutil.which(words[0]) else None
        if (packaged := self.packaged()) is not None:
            return list(packaged)
        on_path = (shutil.which(program) for program in self.programs)
        return next(([path] for path in on_path if path), None)

    def available(self) -> bool:
        """Tell whether the program can be found."""
        return self._search() is not None

    def version(self) -> str:
        """Return the first non-empty line of what the program says of itself."""
        result = self.run([self.version_argument], timeout=600)
        return next((line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()), "unknown")

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        timeout: float | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run to the end; raise ToolFailed on any exit status but 0, or after `timeout` seconds."""
        command = [*self.command(), *map(str, argv)]
        start = time.monotonic()
        try:
            done = subprocess.run(
                command, cwd=cwd, timeout=timeout, env=self._environ(env), capture_output=True, text=True, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ToolFailed(f"{self.name}: no end after {timeout:g} s: {shlex.join(command)}") from error
        except OSError as error:
            raise ToolFailed(f"{self.name}: cannot start {command[0]}: {error.strerror}") from error
        if done.returncode != 0:
            words = _telling_lines(done.stdout + done.stderr)
            raise ToolFailed(f"{self.name}: {_ending(done.returncode)}: {shlex.join(command[:2])} ...\n{words}")
        return Result(done.stdout, done.stderr, time.monotonic() - start)

    def _environ(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        merged: dict[str, str | None] = {**os.environ, **self.environment(), **(extra or {})}
        return {name: value for name, value in merged.items() if value is not None}


def _ending(status: int) -> str:
    return f"exit status {status}" if status > 0 else f"ended by {signal.Signals(-status).name}"


def _telling_lines(output: str) -> str:
    """Return the output from the first line that names an error, or its end where none does."""
    lines = output.strip().splitlines()
    error = re.compile(r"\berror\b|multiple definition|undefined reference", re.IGNORECASE)
    first = next((number for number, line in enumerate(lines) if error.search(line)), None)
    return "\n".join(lines[-TELLING_LINES:] if first is None else lines[first : first + TELLING_LINES])
