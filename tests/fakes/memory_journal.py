import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from activities.ports import Recorded
from missions.errors import EventConflictError, NotFoundError, StatusError
from missions.event import Created, Event, Payload, Started
from missions.event_view import require_artifacts
from missions.folding import fold
from missions.mission import Brief, Mission


class MemoryJournal:
    """The mission's event store; tests can wait `until` an event is recorded."""

    def __init__(self) -> None:
        self._events: dict[UUID, list[Event]] = {}
        self._missions: dict[UUID, Mission] = {}
        self._changed = asyncio.Condition()

    async def create(self, brief: Brief) -> Recorded:
        """Creates the mission as the API does before the workflow starts."""
        self._events.setdefault(brief.mission_id, [])
        return await self.append(brief.org, brief.mission_id, "olga@example.org", Created(brief=brief))

    async def append(self, org: str, mission_id: UUID, actor: str, payload: Payload) -> Recorded:
        """Records once by key and numbers it; raises EventConflictError for other content."""
        if mission_id not in self._events:
            raise NotFoundError("Unknown mission.")
        require_artifacts(org, payload)
        events = self._events[mission_id]
        same = next((event for event in events if event.key == payload.key), None)
        if same is not None:
            if same.payload != payload:
                raise EventConflictError(payload.key)
            if isinstance(payload, Started) and self._missions[mission_id].status.is_terminal:
                raise StatusError("It has ended, and does not begin again.")
            return Recorded(same, self._missions[mission_id])
        event = Event(
            mission_id=mission_id,
            seq=len(events) + 1,
            key=payload.key,
            actor=actor,
            at=datetime.now(UTC),
            payload=payload,
        )
        self._missions[mission_id] = fold(self._missions.get(mission_id), event)
        events.append(event)
        async with self._changed:
            self._changed.notify_all()
        return Recorded(event, self._missions[mission_id])

    async def read(self, org: str, mission_id: UUID, after: int = 0) -> tuple[Event, ...]:  # noqa: ARG002  one organization
        """The events with seq > after, in order."""
        return tuple(self._events.get(mission_id, ())[after:])

    def mission(self, mission_id: UUID) -> Mission:
        """The projection."""
        return self._missions[mission_id]

    def payloads(self, mission_id: UUID) -> tuple[Payload, ...]:
        """The payloads in order."""
        return tuple(event.payload for event in self._events[mission_id])

    async def until_recorded(self, mission_id: UUID, kind: str, times: int = 1) -> None:
        """Waits at most 20 s until that many events of the kind are recorded."""
        async with asyncio.timeout(20), self._changed:
            while sum(payload.kind == kind for payload in self.payloads(mission_id)) < times:
                await self._changed.wait()

    async def until(self, mission_id: UUID, condition: Callable[[Payload], bool]) -> Payload:
        """Waits at most 20 s for an event that matches, and returns its payload."""
        async with asyncio.timeout(20), self._changed:
            while True:
                for payload in self.payloads(mission_id):
                    if condition(payload):
                        return payload
                await self._changed.wait()
