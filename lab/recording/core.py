"""Recorders beside each other: each lab on one core, and labs on the same core with equal shares of it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup/cpu")
"""The CPU controller of cgroup v1: its groups have equal shares, however many processes they have."""


def pin(part: int) -> int:
    """Binds this process and all its children to one core, in turn; returns its number."""
    cores = sorted(os.sched_getaffinity(0))
    core = cores[(part - 1) % len(cores)]
    os.sched_setaffinity(0, {core})
    return core


@contextlib.contextmanager
def equal_share(number: int, cgroups: Path = CGROUPS) -> Iterator[bool]:
    """Puts this process and all its later children into a group of their own, while it lasts.

    Gives False where no group can be made: the labs on one core then share it by their processes.
    """
    group = cgroups / f"lab-{number}"
    try:
        group.mkdir(exist_ok=True)
        _move(group)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        _move(cgroups)
        with contextlib.suppress(OSError):  # a child that ends late: an empty group harms nobody
            group.rmdir()


def _move(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
