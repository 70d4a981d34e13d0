# SPDX-License-Identifier: Apache-2.0
"""The kernels of the latency study alone (the others have benches of their own): exact, and as slow as they say."""

from pathlib import Path

from tests.bench.latency import FORMS, latencies

SIDE, FOLDS, TAPS, STAGES = 8, 16, 9, 8  # stages of both processes and the channel between them, at most


def test_sampling_costs_what_the_memory_costs(tmp_path: Path) -> None:
    forms = [form for form in FORMS if form.top in ("bounded", "random_access")]
    pixels = SIDE * SIDE
    waits = {"random, latency 32": 32, "random, latency 128": 128}
    for found in latencies(tmp_path, forms, SIDE):
        wait = waits.get(found.form.name)
        ahead = 0 if wait is not None else pixels * FOLDS  # rows that are taken before the first is computed
        least = ahead + pixels * TAPS * ((wait or 0) + FOLDS)
        assert least < found.cycles <= least + STAGES
