# SPDX-License-Identifier: Apache-2.0
"""Ten random networks through the whole ladder to RTL; `make fuzz` takes any seeds, and larger ones."""

from pathlib import Path

from codesign.kernels import Requantise
from tests.fuzz_graphs.hardware import random_design, run_hardware

SEEDS = (4, 21, 106, 123, 136, 139, 141, 171, 178, 192)  # of 14 processes or fewer


def test_random_networks_in_rtl(tmp_path: Path) -> None:
    tally = run_hardware(SEEDS, tmp_path)
    assert (tally.wrong, tally.refused) == ({}, {})
    assert tally.networks == 10 and tally.words > 10_000


def test_a_factor_of_one_bit_asks_for_no_multiplier() -> None:
    kernels = [process.kernel for process in random_design(9)[1].processes]
    narrow = [kernel.rule for kernel in kernels if isinstance(kernel, Requantise) and kernel.acc.bits == 1]
    assert narrow and all("AnyMultiplier" in rule for rule in narrow)
