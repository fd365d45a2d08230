import asyncio
import contextlib
from typing import Any
from uuid import UUID

import socketio
import structlog

from activities.ports import Recorded
from missions.approval import Approval
from missions.event_view import view_of
from missions.notices import notification_of
from missions.person import Person
from missions.reminder import Urgency
from missions.step import step_of

log = structlog.get_logger(__name__)
WAITING = 500
"""Announcements that may wait for a slow Redis before the next is dropped."""
EMIT_S = 2.0
DECIDING = ("deciders:", "group:")
"""How the rooms begin in which people are asked to decide."""


def mission_room(org: str, mission_id: UUID) -> str:
    """Who may read the mission and asked to hear of it. Clients never name a room."""
    return f"mission:{org}:{mission_id}"


def deciders_room(org: str) -> str:
    """Everybody of the organization who may decide."""
    return f"deciders:{org}"


def group_room(org: str, group: str) -> str:
    """The members of a group who may decide."""
    return f"group:{org}:{group}"


def decider_rooms(person: Person) -> tuple[str, ...]:
    """Where somebody who may decide is asked."""
    return deciders_room(person.org), *(group_room(person.org, one) for one in sorted(person.groups))


def person_room(person: UUID) -> str:
    """All sockets of one person."""
    return f"person:{person}"


def org_room(org: str) -> str:
    """Everybody of the organization who is connected."""
    return f"org:{org}"


def sockets_of(redis_url: str) -> socketio.AsyncRedisManager:
    """Socket.IO's channel for a process without clients. Whoever can publish there commands its rooms."""
    options = {"socket_timeout": 5, "socket_connect_timeout": 2}
    return socketio.AsyncRedisManager(redis_url, write_only=True, redis_options=options)


class SocketAnnouncer:
    """Tells watchers what was committed. A hint: the event table is the truth.

    Nobody waits for Redis: what is told goes into a short queue, in order, and is dropped under pressure.
    """

    def __init__(self, manager: socketio.AsyncManager) -> None:
        self._manager = manager
        self._queue: asyncio.Queue[tuple[str, dict[str, Any], str]] = asyncio.Queue(WAITING)
        self._telling: asyncio.Task[None] | None = None

    async def announce(self, org: str, recorded: Recorded) -> None:
        """Best effort: event, step, status and mission to the mission's room."""
        event, mission = recorded
        room = mission_room(org, mission.id)
        status = {"missionId": str(mission.id), "status": mission.status.value, "seq": event.seq}
        await self.emit("mission:event", view_of(event).model_dump(mode="json", by_alias=True), room)
        await self.emit("mission:step", step_of(event).model_dump(mode="json", by_alias=True), room)
        await self.emit("mission:status", status | {"lastSeq": mission.last_seq}, room)
        await self.emit("mission:update", mission.model_dump(mode="json", by_alias=True), room)
        told = notification_of(event, mission)
        if told is not None:
            content = told.model_dump(mode="json", by_alias=True)
            await self.emit("notification", content, person_room(mission.requester))

    async def emit(self, name: str, content: dict[str, Any], room: str) -> None:
        """Best effort: one event to one room. Returns at once."""
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())
        try:
            self._queue.put_nowait((name, content, room))
        except asyncio.QueueFull:
            log.warning("announcement dropped", announcement=name)

    async def close(self) -> None:
        """Tells what waits, for a second at most, and stops."""
        if self._telling is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), 1)
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self) -> None:
        while True:
            name, content, room = await self._queue.get()
            try:
                async with asyncio.timeout(EMIT_S):
                    await self._manager.emit(name, content, room=room)
            except Exception as error:  # noqa: BLE001  a hint must never fail what was committed
                log.warning("announcement lost", announcement=name, reason=str(error) or "no answer in time")
            finally:
                self._queue.task_done()


def reminder_rooms(org: str, approval: Approval, urgency: Urgency) -> tuple[str, ...]:
    """First who may decide and who asked; then everybody of the organization, a group's or not."""
    if urgency is Urgency.REMIND:
        return approval_rooms(org, approval)
    return org_room(org), deciders_room(org), person_room(approval.requester)


def approval_rooms(org: str, approval: Approval) -> tuple[str, ...]:
    """Everybody who may decide it now, and who asked for the mission."""
    deciders = deciders_room(org) if approval.group is None else group_room(org, approval.group)
    return deciders, person_room(approval.requester)
