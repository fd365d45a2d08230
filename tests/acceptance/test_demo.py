"""`make demo` and `make up` behave as documented, also when they are stopped or killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from runtime.local.state import StackState

Eventually = Callable[..., Awaitable[None]]
pytestmark = pytest.mark.timeout(240)
SECRET_WORDS = (b"FAULT=", b"SEED=")


def environment(data: Path, **more: str) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(data), "OPS_AGENT_DATA": str(data), **more}


@pytest.fixture
def up(tmp_path: Path, root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`make up` as a separate process, without a fault."""
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            # A shell starts its background jobs with SIGINT ignored, and children inherit that.
            ["/usr/bin/env", "--default-signal=INT", sys.executable, "-m", "demo", "up"],
            env=environment(tmp_path, FAULT="none", SEED="3"),
            cwd=root,
            stdout=log,
            stderr=log,
        )
    yield process
    process.kill()
    process.wait()


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def processes_of(data: Path) -> list[int]:
    """The ids of all processes that have the data directory in their command line or environment."""
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            content = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(data).encode() in content and int(folder.name) != os.getpid():
            pids.append(int(folder.name))
    return pids


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_nothing_is_left_behind(
    up: subprocess.Popen[bytes], tmp_path: Path, eventually: Eventually, number: signal.Signals
) -> None:
    """SIGKILL and Ctrl-C leave no process, and no mission process has the fault in its environment."""

    async def started() -> bool:
        assert up.poll() is None, (tmp_path / "up.log").read_text()
        return StackState.read(tmp_path) is not None

    await eventually(started, seconds=120)
    state = StackState.read(tmp_path)
    assert state is not None
    for name in ("api", "missions", "browser", "actions"):
        assert not any(word in environment_of(state.pids[name]) for word in SECRET_WORDS)
    assert len(processes_of(tmp_path)) > 8
    up.send_signal(number)
    up.wait(60)

    async def gone() -> bool:
        return not processes_of(tmp_path)

    await eventually(gone, seconds=10)


def test_a_denial_does_nothing(tmp_path: Path, root: Path) -> None:
    """`APPROVE=no make demo` exits with 0 and prints one JSON line with the outcome "denied"."""
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        env=environment(tmp_path, FAULT="bad-deploy", SEED="3", APPROVE="no"),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert list(summary) == [
        *("fault", "mission", "verdict", "cause", "action", "outcome", "screenshots", "duration_s")
    ]
    assert (summary["outcome"], summary["cause"]) == ("denied", summary["fault"]["service"])
    report = tmp_path / "reports" / summary["mission"] / "report.html"
    assert "denied" in report.read_text()


def test_a_second_demo_is_told_who_runs(tmp_path: Path, root: Path) -> None:
    """A second demo on the same data directory prints the id of the process that holds it."""
    from runtime.local.lock import DataLock

    with DataLock(tmp_path):
        second = subprocess.run(
            [sys.executable, "-m", "demo"],
            env=environment(tmp_path, FAULT="none"),
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    assert second.returncode == 1
    assert str(os.getpid()) in second.stdout
    assert "Traceback" not in second.stdout + second.stderr


@pytest.mark.parametrize("wrong", [{"FAULT": "meteor"}, {"APPROVE": "maybe"}, {"SEED": "x"}])
def test_wrong_settings_are_told_in_one_line(tmp_path: Path, root: Path, wrong: dict[str, str]) -> None:
    """A wrong FAULT, APPROVE or SEED starts nothing and is named in the output."""
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        env=environment(tmp_path, **wrong),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert next(iter(wrong)) in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
