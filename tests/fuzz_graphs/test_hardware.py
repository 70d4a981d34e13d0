# SPDX-License-Identifier: Apache-2.0
"""Ten random networks through the whole ladder to RTL; `make fuzz` takes any seeds, and larger ones."""

from pathlib import Path

from tests.fuzz_graphs.hardware import run_hardware

SEEDS = (106, 123, 136, 139, 141, 171, 178, 192, 193, 206)  # of 14 processes or fewer


def test_random_networks_in_rtl(tmp_path: Path) -> None:
    tally = run_hardware(SEEDS, tmp_path)
    assert (tally.wrong, tally.refused) == ({}, {})
    assert tally.networks == 10 and tally.words > 10_000
