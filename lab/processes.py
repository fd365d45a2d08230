import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass

from lab.part import Part
from runtime.local.processes import Child, Supervisor


@dataclass(frozen=True)
class LabProcess:
    """A child with a supervisor of its own, so that it can be stopped alone."""

    child: Child
    supervisor: Supervisor
    ready: Callable[[], Coroutine[object, object, None]]


class LabProcesses:
    """The processes of one lab, by name. Each is restarted when it ends, as systemd would do it."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._processes: dict[str, LabProcess] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._processes

    def __getitem__(self, name: str) -> LabProcess:
        """KeyError where the lab runs no such process."""
        return self._processes[name]

    def names(self) -> list[str]:
        """Every name, in order of start."""
        return list(self._processes)

    async def start_parts(self, parts: Iterable[Part]) -> None:
        """Starts them together, and returns when all answer. The first error is raised."""
        tasks = [asyncio.create_task(self._start_part(part)) for part in parts]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def start_child(self, child: Child, ready: Callable[[], Coroutine[object, object, None]]) -> None:
        """Starts one, and returns when it answers. ChildDiedError, NotReadyError."""
        process = self._processes[child.name] = LabProcess(child, Supervisor(self._progress), ready)
        await process.supervisor.start(child, ready=ready)

    async def stop(self, name: str) -> None:
        """Stops one, which stays down until `start`. KeyError."""
        await self._processes[name].supervisor.stop()

    async def start(self, name: str) -> None:
        """Starts one again that `stop` has stopped, and returns when it answers. KeyError."""
        process = self._processes[name]
        await process.supervisor.start(process.child, ready=process.ready)

    async def stop_all(self) -> None:
        """Stops all together."""
        processes, self._processes = self._processes, {}
        await asyncio.gather(*(process.supervisor.stop() for process in processes.values()))

    async def _start_part(self, part: Part) -> None:
        await asyncio.to_thread(part.prepare)
        await self.start_child(part.child(), part.ready)
