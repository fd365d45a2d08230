"""What operators do to one service: read its state, restart, scale, deploy, roll back."""

import contextlib
import fcntl
import json
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.operations.tool.balancers import replace, set_rotation, set_targets
from lab.operations.tool.changes import record
from lab.operations.tool.layout import Layout
from lab.operations.tool.releases import Release, Releases
from lab.operations.tool.supervisord import Supervisord

READY_S = 20.0
_EVERY_S = 0.1


class ChangedError(RuntimeError):
    """The service has another generation than the caller expects; nothing was done."""


@dataclass(frozen=True)
class Caller:
    """Who asks, under which idempotency key, and the generation that is expected, if any."""

    who: str
    key: str | None = None
    generation: int | None = None


class Service:
    """One service behind supervisord. Each change holds the service's lock and increments its generation."""

    def __init__(self, layout: Layout, name: str) -> None:
        self._layout = layout
        self._service = layout.services[name]
        self._file = layout.app(name) / "state.json"
        self._supervisord = Supervisord(layout.supervisord_socket)
        self.releases = Releases(layout, name)

    @property
    def state(self) -> dict[str, int | str | None]:
        """generation, replicas, revision, previousRevision and version."""
        release, saved = self.releases.current(), self._saved()
        return {
            "service": self._service.name,
            "generation": saved["generation"],
            "replicas": saved["replicas"],
            "revision": release.revision if release else None,
            "previousRevision": release.previous if release else None,
            "version": release.version if release else None,
        }

    def start(self) -> str:
        """Starts the instances that should run: what a boot does, no change."""
        with self._locked():
            count = self._saved()["replicas"]
            set_targets(self._layout, self._service, count)
            for number in range(1, count + 1):
                self._supervisord.start(self._instance(number))
            late = [number for number in range(1, count + 1) if not self._ready(number)]
            set_rotation(self._layout, self._service, set(range(1, count + 1)))
            return self._result(f"{count} instances started", late)

    def restart(self, caller: Caller) -> str:
        """Replaces the instances one by one."""
        with self._changing(caller):
            late = self._roll()
            self._record("restart", caller)
            return self._result("restarted", late)

    def scale(self, replicas: int, caller: Caller) -> str:
        """Starts or stops instances. ValueError where they are more than there are places."""
        self.check_replicas(replicas)
        with self._changing(caller):
            before = self._saved()["replicas"]
            self._save(replicas=replicas)
            for number in range(before + 1, replicas + 1):
                self._supervisord.start(self._instance(number))
            late = [number for number in range(before + 1, replicas + 1) if not self._ready(number)]
            set_rotation(self._layout, self._service, set(range(1, replicas + 1)))
            set_targets(self._layout, self._service, replicas)
            for number in range(replicas + 1, before + 1):
                self._supervisord.stop(self._instance(number))
            self._record("scale", caller, replicas=replicas)
            return self._result(f"{before} -> {replicas} instances", late)

    def check_replicas(self, replicas: int) -> None:
        """ValueError where the instances are more than there are places."""
        if not 1 <= replicas <= len(self._service.addresses):
            raise ValueError(f"{self._service.name} can have 1 to {len(self._service.addresses)} instances")

    def deploy(self, source: Path | None, config: str | None, caller: Caller) -> str:
        """Makes a new release current and restarts the instances one by one."""
        with self._changing(caller):
            release = self.releases.add(source, config)
            return self._release(release, "deploy", caller)

    def rollback(self, revision: int, caller: Caller) -> str:
        """Makes an earlier release current and restarts the instances one by one. ReleaseError."""
        release = self.releases.read(revision)
        with self._changing(caller):
            return self._release(release, "rollback", caller)

    def prepare(self, source: Path, commits: Sequence[str]) -> None:
        """Makes a release of each commit; the last one runs, with the usual number of instances."""
        for commit in commits:
            self.releases.switch(self.releases.add(source, commit).revision)
        self._save(replicas=self._service.usual, generation=1)
        set_targets(self._layout, self._service, self._service.usual)
        if self._service.balancer == "nginx":
            set_rotation(self._layout, self._service, set(range(1, self._service.usual + 1)))

    def _release(self, release: Release, kind: str, caller: Caller) -> str:
        self.releases.switch(release.revision)
        # Before the instances start: the effects of a release never precede it.
        self._record(kind, caller, revision=release.revision, version=release.version)
        late = self._roll()
        return self._result(f"revision {release.revision} ({release.version}) runs", late)

    def _roll(self) -> list[int]:
        """Returns the instances that were not ready in time."""
        count = self._saved()["replicas"]
        every, late = set(range(1, count + 1)), []
        for number in sorted(every):
            if count > 1:
                set_rotation(self._layout, self._service, every - {number})
            self._supervisord.stop(self._instance(number))
            self._supervisord.start(self._instance(number))
            if not self._ready(number):
                late.append(number)
        set_rotation(self._layout, self._service, every)
        return late

    def _ready(self, number: int) -> bool:
        """Waits up to 20 s until the instance takes connections, or runs if it has no port."""
        instance, address = self._instance(number), self._service.addresses[number - 1]
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self._supervisord.state(instance) == "RUNNING":
                if self._service.port is None:
                    return True
                with contextlib.suppress(OSError), socket.create_connection((address, self._service.port), 1):
                    return True
            time.sleep(_EVERY_S)
        return False

    def _instance(self, number: int) -> str:
        return f"{self._service.name}-{number}"

    def _result(self, detail: str, late: list[int]) -> str:
        names = ", ".join(self._instance(number) for number in late)
        return f"{detail}; not ready after {READY_S:g} s: {names}" if late else detail

    def _record(self, kind: str, caller: Caller, **values: object) -> None:
        release = self.releases.current()
        running = {"revision": release.revision, "version": release.version} if release else {}
        record(self._layout, self._service.name, kind, caller.who, **running | values, key=caller.key)

    def _saved(self) -> dict[str, int]:
        content: dict[str, int] = json.loads(self._file.read_text(encoding="utf-8"))
        return content

    def _save(self, **values: int) -> None:
        saved = self._saved() if self._file.exists() else {}
        replace(self._file, json.dumps(saved | values) + "\n")

    @contextlib.contextmanager
    def _changing(self, caller: Caller) -> Iterator[None]:
        with self._locked():
            generation = self._saved()["generation"]
            if caller.generation is not None and caller.generation != generation:
                message = f"{self._service.name} has generation {generation}, not {caller.generation}"
                raise ChangedError(message)
            self._save(generation=generation + 1)
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._layout.app(self._service.name) / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
