import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runtime.local.processes import Child, ChildDiedError, Supervisor

Until = Callable[..., Awaitable[None]]
SLEEP = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_a_child_that_dies_at_start_shows_its_last_words(tmp_path: Path) -> None:
    """The error of a child that dies at its start contains the child's last output."""
    child = Child(
        "broken", python("print('no such disk'); raise SystemExit(3)"), log=tmp_path / "logs" / "a.log"
    )

    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ChildDiedError, match=r"(?s)broken ended with code 3.*no such disk"):
        await Supervisor(lambda _: None).start(child, ready=never)


async def test_a_restartable_child_comes_back(tmp_path: Path, until: Until) -> None:
    """A child that was killed is started again, and a progress line reports it."""
    lines: list[str] = []
    supervisor, child = Supervisor(lines.append), Child("sleeper", SLEEP, log=tmp_path / "a.log")
    await supervisor.start(child)
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid != first)
    assert "sleeper ended with code -9" in lines[0]
    await supervisor.stop(0)
    assert child.returncode is not None


async def test_the_death_of_a_child_that_may_not_restart_is_a_signal(tmp_path: Path) -> None:
    """`wait_failed` returns the error of a child that is not restartable."""
    supervisor, child = Supervisor(lambda _: None), Child("once", SLEEP, log=tmp_path / "a.log")
    await supervisor.start(child, restartable=False)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    error = await asyncio.wait_for(supervisor.wait_failed(), 5)
    assert "once ended with code -9" in str(error)
    await supervisor.stop()


async def test_stop_kills_a_deaf_child_and_what_it_left(tmp_path: Path, until: Until) -> None:
    """A child that ignores SIGTERM is killed after the grace period, with its whole process group."""
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "helper = [sys.executable, '-S', '-c', 'import time; time.sleep(600)']\n"
        "print(subprocess.Popen(helper).pid, flush=True)\n"
        "time.sleep(600)"
    )
    log = tmp_path / "a.log"
    child = Child("deaf", python(code), log=log)
    child.start()
    await until(lambda: log.exists() and log.read_text().endswith("\n"))
    await child.stop(0.1)
    assert child.returncode == -signal.SIGKILL
    await until(lambda: not alive(int(log.read_text())))


async def test_a_child_in_the_background_leaves_a_core_to_others(tmp_path: Path) -> None:
    """It has all cores but one, where there are several, and its usual priority on these."""
    code = "import os; print(len(os.sched_getaffinity(0)), os.nice(0))"
    shown = []
    for background in (False, True):
        child = Child("drawing", python(code), log=tmp_path / f"{background}.log", background=background)
        child.start()
        assert await child.wait() == 0
        shown.append(child.log.read_text().split())
    (cores, priority), (left, lower) = shown
    assert int(left) == max(int(cores) - 1, 1)
    assert lower == priority


async def test_stop_is_in_reverse_order(tmp_path: Path, until: Until) -> None:
    """Children are stopped in reverse order, because later ones may need earlier ones."""
    log = tmp_path / "all.log"
    supervisor = Supervisor(lambda _: None)
    for name in ("first", "second"):
        code = (
            "import signal, sys, time\n"
            f"def end(*_): print('{name} ended', flush=True); sys.exit()\n"
            f"signal.signal(signal.SIGTERM, end); print('{name} up', flush=True); time.sleep(600)"
        )
        await supervisor.start(Child(name, python(code), log=log))
    await until(lambda: log.exists() and log.read_text().count("up") == 2)
    await supervisor.stop()
    assert log.read_text().splitlines()[-2:] == ["second ended", "first ended"]


def test_a_child_is_only_started_from_the_main_thread(tmp_path: Path) -> None:
    """A child is started in the main thread only, because the end of its thread would kill it."""
    errors: list[str] = []

    def start() -> None:
        try:
            Child("astray", SLEEP, log=tmp_path / "a.log").start()
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in errors[0]


async def test_a_child_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    """If the parent died between fork and tether, the child does not start."""
    tether = Path(sys.modules["runtime.local.processes"].__file__ or "").with_name("tether.py")
    argv = [sys.executable, "-I", "-S", str(tether), "--parent", "1", "--", *SLEEP]
    child = Child("orphan", argv, log=tmp_path / "a.log")
    child.start()
    assert await asyncio.wait_for(child.wait(), 5) == 1
    assert "the parent died" in (tmp_path / "a.log").read_text()
