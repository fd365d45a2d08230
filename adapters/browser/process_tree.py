"""What the kernel says about a browser's processes. Linux only; what is gone meanwhile counts as nothing."""

import contextlib
import os
import signal
from collections import defaultdict
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STATE, _PARENT, _STARTED = 0, 1, 19


def started(pid: int) -> str:
    """When the process began, in ticks; "" where there is none. With the pid it names a process for ever."""
    fields = _stat(pid)
    return fields[_STARTED] if fields else ""


def ended(pid: int) -> bool:
    """Whether there is none, or only what its parent has not yet asked about."""
    fields = _stat(pid)
    return not fields or fields[_STATE] == "Z"


def children(pid: int) -> set[int]:
    """What the process itself started."""
    return set(_families()[pid])


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    families, found = _families(), [pid]
    for one in found:
        found += families[one]
    return found


def memory_mb(pid: int) -> float:
    """What the tree holds in memory: each process's own pages, and once the most that one shares."""
    own, shared = 0, 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            resident, common = map(int, (_PROC / str(one) / "statm").read_text().split()[1:3])
            own += resident - common
            shared = max(shared, common)
    return (own + shared) * _PAGE / 1_000_000


def kill(pid: int, since: str) -> None:
    """Kills the process that began then, and everything below it. Another one of that number stays."""
    if not since or started(pid) != since:
        return
    for one in tree(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def _families() -> defaultdict[int, list[int]]:
    families: defaultdict[int, list[int]] = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            families[int(fields[_PARENT])].append(int(folder.name))
    return families


def _stat(pid: int) -> list[str]:
    """The fields of `stat` after the name: state, parent and so on."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
