"""Answers `ops restart redis`: the lab itself runs the infrastructure, and listens on a socket of its own."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.local.polling import answers
from runtime.local.processes import Child

READY_S = 45.0


@dataclass(frozen=True)
class Supervised:
    """A child that the lab's supervisor restarts, and a probe that raises until it is ready."""

    child: Child
    probe: Callable[[], Awaitable[object]]


@dataclass
class Supervision:
    """The infrastructure that operators can restart, by name."""

    path: Path
    supervised: Mapping[str, Supervised]
    _restarts: dict[str, int] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answers requests of `ops` until the exit."""
        self.path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self.path)
        try:
            yield
        finally:
            server.close()
            self.path.unlink(missing_ok=True)

    def generation(self, name: str) -> int:
        """The number of the part's starts by operators, the first included."""
        return 1 + self._restarts.get(name, 0)

    async def restart(self, name: str) -> None:
        """Stops it, and returns when it is ready again. TimeoutError after 45 s; KeyError if unknown."""
        part = self.supervised[name]
        before = part.child.pid
        self._restarts[name] = self._restarts.get(name, 0) + 1

        async def probe() -> None:
            if part.child.pid == before:
                raise OSError(f"{name} is not started again yet")
            await part.probe()

        async with asyncio.timeout(READY_S):
            await part.child.stop()
            await answers(name, probe, (Exception,), part.child.log)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            response = await self._respond(json.loads(await reader.readline()))
        except (ValueError, TimeoutError, OSError) as error:
            response = {"error": f"{type(error).__name__}: {error}"}
        with contextlib.suppress(OSError):
            writer.write(json.dumps(response).encode())
            await writer.drain()
        writer.close()

    async def _respond(self, request: dict[str, Any]) -> dict[str, str]:
        name = str(request.get("state") or request.get("restart"))
        if name not in self.supervised:
            return {"error": f"{name} is not part of this lab"}
        generation = self.generation(name)
        if "state" in request:
            return {"detail": str(generation)}
        if request.get("generation") not in (None, generation):
            return {"error": f"{name} has generation {generation}, not {request['generation']}"}
        await self.restart(name)
        return {"detail": f"{name} was restarted"}
