import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from activities.task_ending import end_tasks
from cli.client import ApiClient, ApiError
from missions.approval import ApprovalStatus
from missions.event import ApprovalOpened
from missions.event_view import EventView
from missions.mission import Mission

if TYPE_CHECKING:
    from socketio import AsyncClient  # seconds at start-up that only following a mission needs

RESYNC_S = 5.0


class Follower:
    """A mission's events, gapless and in order. Sockets only say when to read the API again."""

    def __init__(self, client: ApiClient, mission_id: str) -> None:
        self._client = client
        self._mission_id = mission_id
        self._seq = 0
        self._news = asyncio.Event()
        self._mission: Mission | None = None

    @property
    def mission(self) -> Mission:
        """The mission at the last read. Raises RuntimeError before the first."""
        if self._mission is None:
            raise RuntimeError("The mission was not read yet.")
        return self._mission

    async def events(self) -> AsyncIterator[EventView]:
        """Yields each event once, until the mission has ended and its last event was yielded."""
        from socketio import AsyncClient

        socket = AsyncClient(reconnection_delay=0.5, reconnection_delay_max=2)

        async def subscribe() -> None:
            await socket.emit("mission:subscribe", self._mission_id, callback=self._heard)

        socket.on("connect", subscribe)
        for hint in ("mission:event", "mission:status"):
            socket.on(hint, self._heard)
        connecting: asyncio.Future[None] | None = None
        try:
            while True:
                self._news.clear()
                for event in await self._fresh():
                    yield event
                if self._ended():
                    return
                if connecting is None and self._client.token:  # the first read has signed in
                    connecting = asyncio.ensure_future(self._connect(socket))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), RESYNC_S)
        finally:
            if connecting is not None:
                await end_tasks((connecting,))
            await socket.disconnect()
            if socket.eio.http is not None:  # the library leaves it open after a refusal
                await socket.eio.http.close()

    async def _heard(self, content: dict[str, Any]) -> None:
        if content.get("lastSeq", content.get("seq", 0)) > self._seq:
            self._news.set()

    async def _connect(self, socket: "AsyncClient") -> None:
        from socketio.exceptions import ConnectionError as SocketError

        with contextlib.suppress(SocketError):  # without sockets the table is read every few seconds
            await socket.connect(
                self._client.url,
                auth=lambda: {"token": self._client.token},  # of now: reconnecting with an old one is refused
                transports=["websocket"],
                retry=True,
            )

    async def _fresh(self) -> list[EventView]:
        path = f"/api/missions/{self._mission_id}/events"
        try:
            response = await self._client.get(path, after=self._seq)
        except ApiError as error:
            if error.status in (0, 503):  # the API restarts: the mission goes on meanwhile
                return []
            raise
        events = [EventView.model_validate(event) for event in response["events"]]
        for event in events:
            if event.seq != self._seq + 1:
                raise ApiError(0, f"Event {self._seq + 1} is missing: the table has a gap.")
            self._seq = event.seq
        self._mission = Mission.model_validate(response["mission"])
        if self._seq < self._mission.last_seq:  # an answer holds at most 500 events
            self._news.set()
        return events

    def _ended(self) -> bool:
        mission = self._mission
        return mission is not None and mission.status.is_terminal and mission.last_seq == self._seq


def approval_asked(event: EventView) -> UUID | None:
    """The approval that an event asks people for, or None."""
    match event.payload:
        case ApprovalOpened(approval_id=approval_id, status=ApprovalStatus.PENDING):
            return approval_id
        case _:
            return None
