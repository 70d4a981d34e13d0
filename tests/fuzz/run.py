# SPDX-License-Identifier: Apache-2.0
"""`make fuzz N=5000`: random kernels through the compiler and the simulator, with the tally of what they met."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.batch import Verdict, run_batch
from tests.fuzz.coverage import Coverage
from tests.fuzz.programs import program
from tests.fuzz.shrink import shrink

BATCH = 20


def main(arguments: Sequence[str]) -> int:
    """Run seeds first..first+count-1; the exit status says whether all of them agreed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--gxx", action="store_true", help="compare with g++ and the real ap_types (slower)")
    parser.add_argument("--tries", type=int, default=40, help="co-simulations spent on making a failure smaller")
    parser.add_argument("--out", type=Path, default=Path("fuzz_failures"), help="where programs that fail are left")
    given = parser.parse_args(arguments)
    tally, statuses = Coverage(), Counter[str]()
    try:
        for first in range(given.first, given.first + given.count, BATCH):
            seeds = range(first, min(first + BATCH, given.first + given.count))
            _run(seeds, given, tally, statuses)
    except KeyboardInterrupt:
        _say("interrupted; so far:")
    for line in tally.lines():
        _say(line)
    _say(f"met fewer than 100 times: {', '.join(tally.missing(100)) or 'nothing'}")
    total = max(1, sum(statuses.values()))
    _say(f"{total} programs, {100 * (total - statuses['refused']) / total:.1f} % accepted, {statuses['pass']} agree")
    return int(statuses["fail"] + statuses["crash"] > 0)


def _run(seeds: range, given: argparse.Namespace, tally: Coverage, statuses: Counter[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="codesign-fuzz-") as folder:
        verdicts = run_batch([program(seed) for seed in seeds], Path(folder), gxx=given.gxx, tally=tally)
    statuses.update(verdict.status for verdict in verdicts)
    for verdict in verdicts:
        _report(verdict, given.out, given.tries)
    _say(f"{seeds.stop}: {dict(statuses)}")


def _report(verdict: Verdict, out: Path, tries: int) -> None:
    """Leave a failing program, made smaller, and say why others were refused."""
    if verdict.status == "pass":
        return
    if verdict.status != "refused":
        verdict = shrink(verdict, tries)
        out.mkdir(parents=True, exist_ok=True)
        comment = "".join(f"// {line}\n" for line in verdict.detail.splitlines())
        (out / f"{verdict.program.top}.cpp").write_text(comment + verdict.program.text, encoding="utf-8")
    _say(f"seed {verdict.program.seed} {verdict.status}: {verdict.detail[:300]}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
