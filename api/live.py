import asyncio
from typing import Any
from uuid import UUID

import socketio
import structlog
from redis.exceptions import RedisError

from stores.frames import RedisAudience

log = structlog.get_logger(__name__)
WATCHING = "watching:"
RENEW_S = 3.0
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

    async def run(self) -> None:
        """Hears frames while somebody watches, and says so; for as long as the process lives."""
        await asyncio.gather(self._renew(), self._hear())

    def _rooms(self) -> list[str]:
        rooms = self._server.manager.rooms.get("/", {})
        return [room for room in rooms if isinstance(room, str) and room.startswith(WATCHING)]

    async def _renew(self) -> None:
        while True:
            for room in self._rooms():
                _, org, mission_id = room.split(":")
                await self._audience.hint(org, mission_id)
            await asyncio.sleep(RENEW_S)  # a pulse, not a wait for a condition

    async def _hear(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                async for heard in self._audience.frames():
                    if heard is not None:
                        org, frame, jpeg = heard
                        content = frame.model_dump(mode="json", by_alias=True)
                        await self._show(f"{WATCHING}{org}:{frame.mission_id}", content, jpeg)
                    elif not self._rooms():
                        self._wanted.clear()
                        self._last.clear()
                        break
            except (RedisError, OSError) as error:
                log.warning("no frames", reason=type(error).__name__)
                await asyncio.sleep(1)  # Redis is away: no hurry
            except Exception:  # one frame, or one client that left, must not end it for all
                log.exception("no frame")

    async def _show(self, room: str, content: dict[str, Any], jpeg: bytes) -> None:
        now = asyncio.get_running_loop().time()
        for sid, eio_sid in list(self._server.manager.get_participants("/", room)):
            if now - self._last.get((sid, room), 0) < LEAST_S or self._is_slow(eio_sid):
                continue
            self._last[sid, room] = now
            await self._server.emit("mission:frame", content | {"jpeg": jpeg}, to=sid, ignore_queue=True)

    def _is_slow(self, eio_sid: str) -> bool:
        connection = self._server.eio.sockets.get(eio_sid)
        return connection is None or connection.queue.qsize() > WAITING
