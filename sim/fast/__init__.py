# SPDX-License-Identifier: Apache-2.0
"""One generic Verilator harness for any manifest: words in, words compared, cycles counted."""

from sim.fast.build import Tools, build, cached_build
from sim.fast.cache import cached_folder
from sim.fast.deadlock import Deadlock, Wait, deadlock
from sim.fast.measure import cycles_per_frame, frame_latencies
from sim.fast.mismatch import WrongValue, first_wrong
from sim.fast.outcome import ChannelState, Mismatch, Outcome, PortOutcome, ProcessState
from sim.fast.run import Job, Record, expectations, run_jobs
from sim.fast.waveform import FST, NO_WAVEFORM, VCD, Waveform, waveform_of
from sim.fast.words import Words, from_integers, from_lanes, read_words, to_integers, to_lanes, write_words

__all__ = [
    "FST",
    "NO_WAVEFORM",
    "VCD",
    "ChannelState",
    "Deadlock",
    "Job",
    "Mismatch",
    "Outcome",
    "PortOutcome",
    "ProcessState",
    "Record",
    "Tools",
    "Wait",
    "Waveform",
    "Words",
    "WrongValue",
    "build",
    "cached_build",
    "cached_folder",
    "cycles_per_frame",
    "deadlock",
    "expectations",
    "first_wrong",
    "frame_latencies",
    "from_integers",
    "from_lanes",
    "read_words",
    "run_jobs",
    "to_integers",
    "to_lanes",
    "waveform_of",
    "write_words",
]
