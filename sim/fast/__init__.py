# SPDX-License-Identifier: Apache-2.0
"""One generic Verilator harness for any manifest: words in, words compared, cycles counted."""

from sim.fast.build import Tools, build
from sim.fast.cache import cached_folder
from sim.fast.run import Job, Mismatch, Outcome, PortOutcome, expectations, run_jobs
from sim.fast.words import Words, from_integers, from_lanes, read_words, to_integers, to_lanes, write_words

__all__ = [
    "Job",
    "Mismatch",
    "Outcome",
    "PortOutcome",
    "Tools",
    "Words",
    "build",
    "cached_folder",
    "expectations",
    "from_integers",
    "from_lanes",
    "read_words",
    "run_jobs",
    "to_integers",
    "to_lanes",
    "write_words",
]
