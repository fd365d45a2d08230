import asyncio
import contextlib
from typing import Any
from uuid import UUID

import socketio
import structlog

from activities.ports import Recorded
from activities.task_ending import end_tasks
from missions.approval import Approval
from missions.approval_rights import readable_services
from missions.event_view import view_of
from missions.notices import notification_of
from missions.person import Person
from missions.reminder import Urgency
from missions.step import step_of

log = structlog.get_logger(__name__)
WAITING = 500
"""How many messages may wait for a slow Redis before the next one is dropped."""
EMIT_S = 2.0
DECIDING = ("deciders:", "group:")
"""The prefixes of the rooms for people who decide approvals."""


def mission_room(org: str, mission_id: UUID) -> str:
    """The room of the clients that subscribed to a mission. Clients never name a room."""
    return f"mission:{org}:{mission_id}"


def deciders_room(org: str) -> str:
    """The room of everyone in the organization who may decide approvals of every service."""
    return f"deciders:{org}"


def group_room(org: str, group: str) -> str:
    """The room of the members of a group who may decide approvals of every service."""
    return f"group:{org}:{group}"


def service_room(room: str, service: str) -> str:
    """The part of a room of deciders for those who read only approvals of some services."""
    return f"{room}:{service}"


def decider_rooms(person: Person) -> tuple[str, ...]:
    """The rooms of a person who may decide approvals; only those of their services, if these are limited."""
    rooms = deciders_room(person.org), *(group_room(person.org, group) for group in sorted(person.groups))
    services = readable_services(person)
    if services is None:
        return rooms
    return tuple(service_room(room, service) for room in rooms for service in sorted(services))


def person_room(org: str, person: UUID) -> str:
    """The room of the sockets with which one person is signed in to the organization."""
    return f"person:{org}:{person}"


def org_room(org: str) -> str:
    """The room of everyone in the organization who is connected."""
    return f"org:{org}"


def sockets_of(redis_url: str) -> socketio.AsyncRedisManager:
    """Socket.IO's channel for a process without clients. It can send to every room."""
    options = {"socket_timeout": 5, "socket_connect_timeout": 2}
    return socketio.AsyncRedisManager(redis_url, write_only=True, redis_options=options)


class SocketAnnouncer:
    """Sends committed changes to subscribed clients. The event table stays the source of truth.

    Callers never wait for Redis: messages go into a bounded queue, in order, and are dropped when it is full.
    """

    def __init__(self, manager: socketio.AsyncManager) -> None:
        self._manager = manager
        self._queue: asyncio.Queue[tuple[str, dict[str, Any], str]] = asyncio.Queue(WAITING)
        self._sending: asyncio.Task[None] | None = None

    async def announce(self, org: str, recorded: Recorded) -> None:
        """Sends event, step, status and mission to the mission's room; best effort."""
        event, mission = recorded
        room = mission_room(org, mission.id)
        status = {"missionId": str(mission.id), "status": mission.status.value, "seq": event.seq}
        await self.emit("mission:event", view_of(event).model_dump(mode="json", by_alias=True), room)
        await self.emit("mission:step", step_of(event).model_dump(mode="json", by_alias=True), room)
        await self.emit("mission:status", status | {"lastSeq": mission.last_seq}, room)
        await self.emit("mission:update", mission.model_dump(mode="json", by_alias=True), room)
        notification = notification_of(event, mission)
        if notification is not None:
            content = notification.model_dump(mode="json", by_alias=True)
            await self.emit("notification", content, person_room(org, mission.requester))

    async def emit(self, name: str, content: dict[str, Any], room: str) -> None:
        """Queues one message to one room and returns at once; best effort."""
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send())
        try:
            self._queue.put_nowait((name, content, room))
        except asyncio.QueueFull:
            log.warning("announcement dropped", announcement=name)

    async def close(self) -> None:
        """Sends the queued messages for at most a second, and stops."""
        if self._sending is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), 1)
            await end_tasks((self._sending,))

    async def _send(self) -> None:
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
    """At first the deciders and the requester; later everyone in the organization."""
    if urgency is Urgency.REMIND:
        return approval_rooms(org, approval)
    return org_room(org), deciders_room(org), person_room(org, approval.requester)


def approval_rooms(org: str, approval: Approval) -> tuple[str, ...]:
    """Everyone who may decide the approval now, and the mission's requester."""
    deciders = deciders_room(org) if approval.group is None else group_room(org, approval.group)
    return (
        deciders,
        service_room(deciders, approval.proposal.action.service),
        person_room(org, approval.requester),
    )
