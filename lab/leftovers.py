import contextlib
from pathlib import Path

import psutil

from runtime.local.commands import run as run_command

GONE_S = 10.0


def end_leftovers(run: Path) -> list[str]:
    """Kills what a killed lab has left behind in its directory: workers outlive their masters. It blocks.

    Returns the programs. A process of a lab works in the lab's directory and has no terminal: a person's
    shell there is none of them.
    """
    leftovers = [process for process in psutil.process_iter(["cwd", "name"]) if _is_left(process, run)]
    for process in leftovers:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            process.kill()
    psutil.wait_procs(leftovers, timeout=GONE_S)
    return sorted({process.info["name"] for process in leftovers})


def unmount_leftovers(run: Path) -> None:
    """Unmounts what a killed lab has mounted below its directory. It blocks. RuntimeError if it cannot."""
    mounted = [partition.mountpoint for partition in psutil.disk_partitions(all=True)]
    for path in reversed([path for path in mounted if Path(path).is_relative_to(run)]):
        if error := run_command(["umount", path]):
            raise RuntimeError(error)


def _is_left(process: psutil.Process, run: Path) -> bool:
    cwd = process.info["cwd"]
    if not cwd or not Path(cwd.removesuffix(" (deleted)")).is_relative_to(run):
        return False
    return not _has_terminal(process.pid)


def _has_terminal(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:  # it has just ended
        return False
    return fields[4] != "0"
