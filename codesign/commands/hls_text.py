# SPDX-License-Identifier: Apache-2.0
"""What `codesign hls` says: values in, tables and lines out."""

from collections.abc import Iterator

from rich.table import Table

from codesign.hls.compiler import CompileResult, ProcessReport
from codesign.hls.cosim import CosimReport, CosimRun
from sim.fast import ChannelState, PortOutcome, ProcessState


def compile_tables(result: CompileResult) -> Iterator[Table]:
    """One row per process; one per stream where there are several processes."""
    processes = Table("process", "stages", "II", "memories", "register bits", "critical ns", title=result.top)
    for process in result.processes:
        processes.add_row(*_process_cells(process))
    yield processes
    if result.streams:
        streams = Table("stream", "bits", "depth", "held", "from", "to")
        for s in result.streams:
            streams.add_row(s.name, str(s.bits), str(s.depth), str(s.capacity), s.producer, s.consumer)
        yield streams


def _process_cells(process: ProcessReport) -> tuple[str, ...]:
    kinds = [memory.kind for memory in process.memories]
    memories = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "none"
    numbers = (process.stages, process.initiation_interval, memories, process.register_bits)
    return (process.name, *map(str, numbers), f"{process.critical_ns:.2f}")


def critical_lines(result: CompileResult) -> Iterator[str]:
    """Each process's slowest path: operator/width, and the C++ line it came from."""
    for process in result.processes:
        steps = (f"{operation} ({line})" if line else operation for operation, line in process.critical_path)
        where = f"{process.name} ({process.source})"
        yield f"{where}, {process.critical_ns:.2f} ns by the operator model: {' > '.join(steps)}"


def cosim_table(report: CosimReport) -> Table:
    """One row per run."""
    table = Table("stall", "result", "words", "cycles", "latency", title=report.top)
    for run in report.runs:
        outcome = run.outcome
        latency = "-" if outcome.latency is None else str(outcome.latency)
        table.add_row(f"{run.stall:g}", outcome.status, str(outcome.words_compared), str(outcome.cycles), latency)
    return table


def cosim_lines(report: CosimReport) -> Iterator[str]:
    """The verdict last, what went wrong before it."""
    failed = next((run for run in report.runs if not run.outcome.passed), None)
    if failed is not None:
        yield from _failure(failed)
        yield f"FAIL {report.top}: {failed.outcome.status} at stall {failed.stall:g}, seed {report.seed}"
        return
    if report.words_compared == 0:
        yield f"FAIL {report.top}: no word came out, so nothing was compared; drive it with --range or --stimulus"
        return
    free = report.free
    yield (
        f"PASS {report.top}: {report.words_compared} words compared, {report.calls} calls, "
        f"{free.cycles} cycles without stalls ({report.cycles_per_call:g} per call), "
        f"first output after {free.latency if free.latency is not None else '-'} cycles"
    )


def _failure(run: CosimRun) -> Iterator[str]:
    outcome = run.outcome
    if outcome.message:
        yield f"  stopped: {outcome.message}"
        yield from (f"  {line}" for line in outcome.printed.splitlines())
    for port in outcome.ports:
        yield _port(port)
        for m in port.mismatches:
            yield f"    word {m.position}: got {m.got}, want {m.want}"
    if outcome.status == "deadlock":
        yield f"  no transfer for {outcome.simulated_cycles - outcome.cycles} cycles; who holds what:"
        yield from map(_channel, outcome.channels)
        yield from map(_process, outcome.processes)


def _port(port: PortOutcome) -> str:
    verb = "taken" if port.direction == "in" else "given"
    wrong = f", {port.wrong} wrong" if port.wrong else ""
    return f"  {port.name}: {port.words} of {port.expected} words {verb}{wrong}"


def _channel(channel: ChannelState) -> str:
    fullness = ", full" if channel.full else ", empty" if channel.empty else ""
    return f"    stream {channel.name}: {channel.level} of {channel.capacity} words{fullness}"


def _process(process: ProcessState) -> str:
    lacks = {"input": "waits for an input", "output": "waits for room in an output", "": "runs"}[process.waits]
    return f"    process {process.name}: {lacks} after {process.issued} iterations"
