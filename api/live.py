import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

import socketio

from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.frames import RedisAudience
from stores.socketio_internals import queued_packets, rooms_of, sockets_in

WATCHING = "watching:"
RENEW_S = 3.0
RETRY_S = 1.0
"""How long after an error the next try begins to listen."""

LEAST_S = 0.19
"""Between two frames to one client: five a second."""
WAITING = 3
"""Packets that may wait for a slow client before frames to it are dropped."""
MISSIONS_EACH = 4


class Live:
    """Shows missions' browsers to this process's clients: nothing is kept, and slow clients miss some."""

    def __init__(self, server: socketio.AsyncServer, audience: RedisAudience) -> None:
        self._server = server
        self._audience = audience
        self._last: dict[tuple[str, str], float] = {}
        self._wanted = asyncio.Event()

    async def watch(self, sid: str, org: str, mission_id: UUID) -> bool:
        """Begins to show it; the caller checked the right. False where the client watches enough already."""
        if sum(room.startswith(WATCHING) for room in self._server.rooms(sid)) >= MISSIONS_EACH:
            return False
        await self._server.enter_room(sid, f"{WATCHING}{org}:{mission_id}")
        self._wanted.set()
        await self._audience.hint(org, str(mission_id))
        return True

    async def unwatch(self, sid: str, mission_id: object) -> None:
        """Ends it."""
        for room in self._server.rooms(sid):
            if room.startswith(WATCHING) and room.endswith(f":{mission_id}"):
                await self._server.leave_room(sid, room)

    def add_to(self, loops: BackgroundLoops) -> None:
        """Renews the hints every 3 s, and listens to Redis while a client watches."""
        loops.every(RENEW_S, self.renew, name="live-hints")
        loops.every(RETRY_S, self.forward, name="live-frames")

    async def renew(self, run: JobRun) -> None:
        """Says which missions are watched: the browser worker publishes no others."""
        for room in self._rooms():
            _, org, mission_id = room.split(":")
            with run.turn_of(org):
                await self._audience.hint(org, mission_id)

    async def forward(self, run: JobRun) -> bool:
        """Forwards frames from a client's first watch until no client watches. Raises UnavailableError."""
        await self._wanted.wait()
        async with aclosing(self._audience.frames()) as frames:
            async for received in frames:
                if received is not None:
                    org, frame, jpeg = received
                    with run.turn_of(org):
                        content = frame.model_dump(mode="json", by_alias=True)
                        await self._show(f"{WATCHING}{org}:{frame.mission_id}", content, jpeg)
                elif not self._rooms():
                    self._wanted.clear()
                    self._last.clear()
                    break
        return True

    def _rooms(self) -> list[str]:
        return [room for room in rooms_of(self._server) if room.startswith(WATCHING)]

    async def _show(self, room: str, content: dict[str, Any], jpeg: bytes) -> None:
        now = asyncio.get_running_loop().time()
        for sid, connection in sockets_in(self._server, room):
            if now - self._last.get((sid, room), 0) < LEAST_S or self._is_slow(connection):
                continue
            self._last[sid, room] = now
            await self._server.emit("mission:frame", content | {"jpeg": jpeg}, to=sid, ignore_queue=True)

    def _is_slow(self, connection: str) -> bool:
        queued = queued_packets(self._server, connection)
        return queued is None or queued > WAITING
