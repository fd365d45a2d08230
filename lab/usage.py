"""The memory and CPU time of a running lab, by component."""

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

_INSTANCE = "INSTANCE"


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes (proportional: shared pages are divided), `cpu` in cores, in the mean."""

    name: str
    processes: int
    memory: int
    cpu: float


def measure(pid: int, seconds: float) -> list[Usage]:
    """Measures the lab whose process is `pid` for this time. It blocks."""
    before, began = _cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    elapsed, after = time.monotonic() - began, _cpu_seconds(pid)
    spent: dict[str, float] = defaultdict(float)
    memory: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    for process, (name, cpu_seconds) in after.items():
        try:
            memory[name] += process.memory_full_info().pss
        except psutil.Error:
            continue  # it has just ended
        count[name] += 1
        spent[name] += cpu_seconds - before.get(process, (name, 0.0))[1]
    usages = [Usage(name, count[name], memory[name], spent[name] / elapsed) for name in memory]
    return sorted(usages, key=lambda usage: -usage.memory)


def table(usages: list[Usage]) -> str:
    """The measurements for people, with their sum."""
    total = Usage(
        "all",
        sum(usage.processes for usage in usages),
        sum(usage.memory for usage in usages),
        sum(usage.cpu for usage in usages),
    )
    lines = [f"{'component':<20}{'processes':>10}{'PSS MB':>9}{'CPU %':>8}"]
    lines += [
        f"{usage.name:<20}{usage.processes:>10}{usage.memory / 1e6:>9.1f}{usage.cpu * 100:>8.1f}"
        for usage in [*usages, total]
    ]
    return "\n".join(lines)


def _cpu_seconds(pid: int) -> dict[psutil.Process, tuple[str, float]]:
    """The name and the CPU time so far of each process of the lab."""
    lab = psutil.Process(pid)
    processes = {lab: "lab"}
    for child in lab.children():
        name = _log_name(child)
        processes[child] = name
        for process in child.children(recursive=True):
            processes[process] = _instance(process) or name
    times = {}
    for process, name in processes.items():
        try:
            cpu = process.cpu_times()
        except psutil.Error:
            continue
        times[process] = (name, cpu.user + cpu.system)
    return times


def _log_name(process: psutil.Process) -> str:
    """A child's standard error goes to its log, which has its name."""
    try:
        return Path(f"/proc/{process.pid}/fd/2").readlink().name.split(".")[0]
    except OSError:
        return "other"


def _instance(process: psutil.Process) -> str | None:
    """The instance of a service that supervisord runs, for example catalog-1."""
    try:
        return process.environ().get(_INSTANCE)
    except psutil.Error:
        return None
