# SPDX-License-Identifier: Apache-2.0
"""`make fuzz N=5000`: random models through import and comparison, with the tally of what they met."""

import sys
from pathlib import Path

import onnx

from codesign.errors import CodesignError
from tests.fuzz_graphs.check import run_seeds
from tests.fuzz_graphs.generator import random_model


def main(count: int) -> int:
    """Run seeds 0..count-1; the exit status. The model of a seed that fails is left beside the run."""
    refused, elements, ops = 0, 0, run_seeds([]).ops
    for seed in range(count):
        try:
            tally = run_seeds([seed])
        except CodesignError as error:
            path = Path(f"fuzz_graph_{seed}.onnx")
            onnx.save(random_model(seed), path)
            sys.stdout.write(f"seed {seed}: {error}; the model is in {path}\n")
            return 1
        refused += len(tally.refused)
        elements += tally.elements
        ops.update(tally.ops)
    sys.stdout.write(f"{count} random graphs, {refused} refused, {elements} elements equal; ops: {dict(ops)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
