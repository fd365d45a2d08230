"""Limits an instance's memory: by a cgroup of its own or, where none can be made, by a watchdog."""

import contextlib
import os
import select
import signal
from pathlib import Path

from lab.operations.tool.layout import Layout

CGROUPS = Path("/sys/fs/cgroup/memory")
"""The memory controller of cgroup v1."""
_MEGABYTE = 2**20
_EVERY_S = 0.25


def limit_memory(layout: Layout, instance: str, megabytes: int) -> None:
    """Limits this process and its children, and notes how in `<run>/memory/<instance>`."""
    note = layout.run / "memory" / instance
    note.parent.mkdir(exist_ok=True)
    group = cgroup(layout.number, instance)
    try:
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(str(megabytes * _MEGABYTE), encoding="ascii")
        (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    except OSError:
        note.write_text("watchdog\n", encoding="utf-8")
        _watch(megabytes * _MEGABYTE)
    else:
        note.write_text("cgroup\n", encoding="utf-8")


def cgroup(number: int, instance: str) -> Path:
    """The instance's cgroup in the lab with this number."""
    return CGROUPS / f"lab-{number}-{instance}"


def _watch(limit: int) -> None:
    """Forks; the child kills this process, as the kernel would, if its group has more than `limit` bytes."""
    parent = os.getpid()
    handle = os.pidfd_open(parent)
    if os.fork():
        os.close(handle)
        return
    os.setsid()  # not among those that it counts
    while not select.select([handle], [], [], _EVERY_S)[0]:
        if _resident(parent) > limit:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    os._exit(0)


def _resident(group: int) -> int:
    """The resident memory of a process group in bytes."""
    pages = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if os.getpgid(int(folder.name)) == group:
                pages += int((folder / "statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
