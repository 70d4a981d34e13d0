# SPDX-License-Identifier: Apache-2.0
"""`make fuzz N=5000`: random models through import, comparison and every pass, with the tally of what they met."""

import sys
import tempfile
from pathlib import Path

import onnx

from codesign.errors import CodesignError, GraphError, ImportRefused
from codesign.frontend import import_model
from codesign.passes import lower, streamline
from tests.fuzz_graphs.check import Tally, run_seeds
from tests.fuzz_graphs.generator import random_model
from tests.fuzz_graphs.hardware import HardwareTally, run_hardware
from tests.passes.equal import assert_equal, random_feeds

HARDWARE_SHARE = 10  # one seed in ten goes on to RTL
BATCH = 10


def main(count: int) -> int:
    """Run seeds 0..count-1; the exit status. The model of a seed that fails is left beside the run."""
    total, lowered = Tally(), 0
    for seed in range(count):
        try:
            total.add(run_seeds([seed]))
            lowered += lowers(seed)
        except (CodesignError, AssertionError) as error:
            path = Path(f"fuzz_graph_{seed}.onnx")
            onnx.save(random_model(seed), path)
            sys.stdout.write(f"seed {seed}: {type(error).__name__}: {error}; the model is in {path}\n")
            return 1
    if not (done := _hardware(count // HARDWARE_SHARE)):
        return 1
    sys.stdout.write(done)
    sys.stdout.write(
        f"{count} random graphs: {len(total.refused)} refused, {total.elements} elements equal, "
        f"{lowered} brought to the kernels' level with the same integers; ops: {dict(total.ops)}\n"
    )
    return 0


def _hardware(count: int) -> str:
    """`count` seeds in RTL, batch by batch; what they came to, nothing where one is wrong."""
    tally = HardwareTally()
    for first in range(0, count, BATCH):
        with tempfile.TemporaryDirectory(prefix="codesign-fuzz-") as folder:
            tally.add(run_hardware(range(first, min(first + BATCH, count)), Path(folder)))
    for seed, wrong in tally.wrong.items():
        sys.stdout.write(f"seed {seed} in RTL: {wrong}\n")
    kernels = ", ".join(f"{name} {n}" for name, n in tally.kernels.most_common())
    text = (
        f"{tally.networks} of {count} networks in RTL, {tally.words} words equal, {len(tally.wrong)} wrong; {kernels}\n"
    )
    return "" if tally.wrong else text


def lowers(seed: int) -> bool:
    """Whether kernels exist for all of a seed's graph; AssertionError where a pass changes an integer."""
    try:
        graph = import_model(random_model(seed))
        result = lower(streamline(graph))
    except (ImportRefused, GraphError):
        return False
    return assert_equal(graph, result, random_feeds(graph, seed)) > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
