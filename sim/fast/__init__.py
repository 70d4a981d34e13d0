# SPDX-License-Identifier: Apache-2.0
"""One generic Verilator harness for any manifest: words in, words compared, cycles counted."""

from sim.fast.build import Tools, build
from sim.fast.cache import cached_folder
from sim.fast.outcome import ChannelState, Mismatch, Outcome, PortOutcome, ProcessState
from sim.fast.run import Job, Record, expectations, run_jobs
from sim.fast.waveform import FST, NO_WAVEFORM, VCD, Waveform, waveform_of
from sim.fast.words import Words, from_integers, from_lanes, read_words, to_integers, to_lanes, write_words

__all__ = [
    "FST",
    "NO_WAVEFORM",
    "VCD",
    "ChannelState",
    "Job",
    "Mismatch",
    "Outcome",
    "PortOutcome",
    "ProcessState",
    "Record",
    "Tools",
    "Waveform",
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
    "waveform_of",
    "write_words",
]
