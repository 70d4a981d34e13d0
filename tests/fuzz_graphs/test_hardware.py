# SPDX-License-Identifier: Apache-2.0
"""Ten random networks through the whole ladder to RTL; `make fuzz` runs more."""

from pathlib import Path

from tests.fuzz_graphs.hardware import run_hardware

SEEDS = range(100, 114)


def test_random_networks_in_rtl(tmp_path: Path) -> None:
    tally = run_hardware(SEEDS, tmp_path)
    assert tally.wrong == {}
    assert tally.networks >= 10, tally.refused
    assert tally.words > 10_000
