# SPDX-License-Identifier: Apache-2.0
"""`make fuzz N=5000`: random models through import, comparison and every pass, with the tally of what they met."""

import sys
from pathlib import Path

import onnx

from codesign.errors import CodesignError, GraphError, ImportRefused
from codesign.frontend import import_model
from codesign.passes import lower, streamline
from tests.fuzz_graphs.check import Tally, run_seeds
from tests.fuzz_graphs.generator import random_model
from tests.passes.equal import assert_equal, random_feeds


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
    sys.stdout.write(
        f"{count} random graphs: {len(total.refused)} refused, {total.elements} elements equal, "
        f"{lowered} brought to the kernels' level with the same integers; ops: {dict(total.ops)}\n"
    )
    return 0


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
