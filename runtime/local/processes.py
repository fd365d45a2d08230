import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path

from activities.task_ending import end_tasks
from runtime.local.private_files import private_directory

TETHER = Path(__file__).with_name("tether.py")
TAIL_LINES = 20
LOG_LIMIT = 5_000_000
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.5, 10.0
HEALTHY_AFTER_S = 30.0


class ChildDiedError(RuntimeError):
    """A child ended unexpectedly; the message has its exit code and its last log lines."""


def log_tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, empty if there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def tethered(argv: Sequence[str], *, nobody: bool, background: bool = False) -> list[str]:
    """The command that runs `argv` so that it dies with this process; as `nobody` if this is root.

    `background`: it leaves one core to others.
    """
    options = ["--nobody"] * nobody + ["--background"] * background
    return [sys.executable, "-I", "-S", str(TETHER), *options, "--parent", str(os.getpid()), "--", *argv]


class Child:
    """A child process in a session of its own, which dies with us. stdin is empty, output goes to `log`.

    `env` is the whole environment (None: ours). `background`: it leaves one core to others. `stop_signal`
    goes to the process alone, so that it can end its own children in order; then SIGKILL ends the rest of
    its group.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        nobody: bool = False,
        background: bool = False,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 5.0,
    ) -> None:
        self.name, self.argv, self.log, self.grace_s = name, list(argv), log, grace_s
        self._env, self._cwd, self._stop_signal = env, cwd, stop_signal
        self._nobody, self._background = nobody, background
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, also the group's; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def returncode(self) -> int | None:
        """None while it runs or was never started; negative: the signal that ended it."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Spawns it. RuntimeError off the main thread: a child dies with the thread that forked it."""
        if threading.current_thread() is not threading.main_thread():
            message = f"{self.name} must be started from the main thread: it would die with another thread"
            raise RuntimeError(message)
        if self._process and self.returncode is None:
            message = f"{self.name} runs already"
            raise RuntimeError(message)
        private_directory(self.log.parent)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                tethered(self.argv, nobody=self._nobody, background=self._background),
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def wait(self) -> int:
        """Waits for the end, kills the rest of the group, and returns the exit code."""
        process = self._process
        if process is None:
            message = f"{self.name} was never started"
            raise RuntimeError(message)
        if process.returncode is None:
            loop, ended = asyncio.get_running_loop(), asyncio.Event()
            handle = os.pidfd_open(process.pid)
            loop.add_reader(handle, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(handle)
                os.close(handle)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # before reaping: no other process has the number yet
        return process.wait()

    async def stop(self, grace_s: float | None = None) -> None:
        """Sends the stop signal and, after `grace_s` seconds (the child's own by default), SIGKILL."""
        if self._process is None or self.returncode is not None:
            return
        self._process.send_signal(self._stop_signal)
        try:
            await asyncio.wait_for(self.wait(), self.grace_s if grace_s is None else grace_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self.wait()

    def death(self) -> ChildDiedError:
        """The error for its unexpected end."""
        return ChildDiedError(
            f"{self.name} ended with code {self.returncode}; the end of {self.log}:\n{log_tail(self.log)}"
        )


class Supervisor:
    """Restarts children that end, and stops them in reverse order of their start."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._children: list[tuple[Child, asyncio.Task[None]]] = []
        self._failure: asyncio.Future[ChildDiedError] | None = None

    @property
    def children(self) -> list[Child]:
        """The supervised children, in order of start."""
        return [child for child, _ in self._children]

    async def start(
        self,
        child: Child,
        *,
        restartable: bool = True,
        ready: Callable[[], Coroutine[object, object, None]] | None = None,
    ) -> None:
        """Starts, waits for `ready`, then watches. ChildDiedError (with the log's end) if it dies before.

        A restartable child that dies later is restarted after 0.5 s, doubling to 10 s, and from 0.5 s again
        once it has run for 30 s. Any other makes `wait_failed` return.
        """
        child.start()
        if ready:
            await self._until_ready(child, ready)
        watch = asyncio.create_task(self._watch(child, restartable=restartable), name=f"watch {child.name}")
        self._children.append((child, watch))

    async def wait_failed(self) -> ChildDiedError:
        """Waits until a child that is not restartable has died."""
        return await asyncio.shield(self._failed())

    async def stop(self, grace_s: float | None = None, *, together: bool = False) -> None:
        """Stops all, the last one started first or all at once; each has `grace_s` s (its own by default)."""
        if together:
            children, self._children = self._children, []
            await asyncio.gather(*(self._end(child, watch, grace_s) for child, watch in children))
        while self._children:
            await self._end(*self._children.pop(), grace_s)

    async def _end(self, child: Child, watch: asyncio.Task[None], grace_s: float | None) -> None:
        await end_tasks((watch,))
        await child.stop(grace_s)

    def _failed(self) -> asyncio.Future[ChildDiedError]:
        if self._failure is None:
            self._failure = asyncio.get_running_loop().create_future()
        return self._failure

    async def _until_ready(self, child: Child, ready: Callable[[], Coroutine[object, object, None]]) -> None:
        answered, ended = asyncio.create_task(ready()), asyncio.create_task(child.wait())
        try:
            await asyncio.wait((answered, ended), return_when=asyncio.FIRST_COMPLETED)
            died = ended.done()
            if answered.done():
                await answered
        except BaseException:
            await child.stop()
            raise
        finally:
            await end_tasks((answered, ended))
        if died:
            raise child.death()

    async def _watch(self, child: Child, *, restartable: bool) -> None:
        pause = BACKOFF_FIRST_S
        while True:
            born = time.monotonic()
            code = await child.wait()
            if not restartable:
                if not self._failed().done():
                    self._failed().set_result(child.death())
                return
            if time.monotonic() - born > HEALTHY_AFTER_S:
                pause = BACKOFF_FIRST_S
            self._progress(f"{child.name} ended with code {code}; restart in {pause:g} s, see {child.log}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACKOFF_LAST_S)
            try:
                child.start()
            except OSError as error:  # no memory or no descriptors: a later try may succeed
                self._progress(f"{child.name} cannot be started: {error}")
