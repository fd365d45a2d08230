from pathlib import Path

import psutil

GONE_S = 10.0


def end_leftovers(run: Path) -> list[str]:
    """Kills what a killed lab has left behind in its directory: workers outlive their masters. It blocks.

    Returns the programs. A process of a lab works in the lab's directory.
    """
    leftovers = [process for process in psutil.process_iter(["cwd", "name"]) if _is_below(process, run)]
    for process in leftovers:
        process.kill()
    psutil.wait_procs(leftovers, timeout=GONE_S)
    return sorted({process.info["name"] for process in leftovers})


def _is_below(process: psutil.Process, run: Path) -> bool:
    cwd = process.info["cwd"]
    return bool(cwd) and Path(cwd.removesuffix(" (deleted)")).is_relative_to(run)
