# SPDX-License-Identifier: Apache-2.0
"""Runs side by side through Dask: on this machine's cores, or on a cluster by its scheduler's address."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codesign.errors import UsageError
from codesign.workspace import write_whole
from networks.search.run import Found, Ground, Order, run_search, warm_up
from networks.training.checkpoint import save_weights
from quant.errors import DataError


@dataclass(frozen=True)
class Engine:
    """`workers` processes of one thread each; 1 runs here. `address` is a running scheduler's instead."""

    workers: int = 1
    address: str | None = None

    def open(self) -> AbstractContextManager[Any]:
        """A Dask client, or None where runs follow each other in this process."""
        if self.address is None and self.workers == 1:
            return nullcontext(None)
        try:
            from distributed import LocalCluster
        except ModuleNotFoundError as error:
            raise UsageError(
                f"--workers, --scheduler: {error.name} is missing: pip install 'codesign[search]'"
            ) from error
        if self.address is None:
            return _client(LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None))  # type: ignore[no-untyped-call]
        try:
            return _client(self.address, timeout=10)
        except OSError as error:
            raise UsageError(f"--scheduler {self.address}: no Dask scheduler answers there ({error})") from error


def _client(*args: Any, **kwargs: Any) -> AbstractContextManager[Any]:
    from distributed import Client

    client: AbstractContextManager[Any] = Client(*args, **kwargs)  # type: ignore[no-untyped-call]
    return client


def run_orders(orders: Sequence[Order], folder: Path, engine: Engine, ground: Ground | None = None) -> Iterator[Found]:
    """Every run as it ends, or its row if it lies in `folder`. One warm-up a seed serves all its runs.

    `ground` spares the runs of this process to prepare it again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = []
    for order in orders:
        if row_file(folder, order).exists():
            yield read_row(row_file(folder, order))
        else:
            missing.append(order)
    if not missing:
        return
    with engine.open() as client:
        if client is None:
            yield from (run_order(order, folder, ground=ground) for order in missing)
        else:
            yield from _distributed(client, missing, folder)


def _distributed(client: Any, orders: Sequence[Order], folder: Path) -> Iterator[Found]:
    from distributed import as_completed

    warmed: dict[Path, Any] = {}
    futures = []
    for order in orders:
        before = None
        if (file := order.warmup_file) is not None:
            before = warmed.setdefault(file, client.submit(warm_up, order, key=f"warm-up {file}"))
        futures.append(client.submit(run_order, order, folder, before, pure=False))
    for future in as_completed(futures):  # type: ignore[no-untyped-call]
        yield future.result()


def run_order(order: Order, folder: Path, after: object = None, ground: Ground | None = None) -> Found:
    """Run and keep: a row of JSON, and FLIQS' weights beside it. `after` is only waited for."""
    import torch

    torch.set_num_threads(1)
    found, supernet = run_search(order, ground)
    if order.method == "fliqs":
        save_weights(weights_file(folder, order), supernet.state_dict(), order.recipe.network, "supernet")
    write_whole(row_file(folder, order), json.dumps(asdict(found)) + "\n")
    return found


def row_file(folder: Path, order: Order) -> Path:
    """Where a run's row lies."""
    return folder / f"{order.name}-{order.seed}.json"


def weights_file(folder: Path, order: Order) -> Path:
    """Where FLIQS' weights lie."""
    return folder / f"{order.name}-{order.seed}.safetensors"


def read_row(path: Path) -> Found:
    """A row that was written. Raises DataError where it is none."""
    try:
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        tuples: dict[str, Any] = {key: tuple(row[key]) for key in ("choice", "cost", "targets")}
        whole: dict[str, Any] = row | tuples
        return Found(**whole)
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path}: not a run of this search ({error}); remove it to run it again") from error
