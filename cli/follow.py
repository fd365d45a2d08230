import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from cli.client import ApiClient, ApiError
from missions.mission import Status

if TYPE_CHECKING:
    from socketio import AsyncClient  # seconds at start-up that only following a mission needs

RESYNC_S = 5.0


class Follower:
    """A mission's steps, gapless and in order: sockets are the hint, the table is read for the truth."""

    def __init__(self, client: ApiClient, mission_id: str) -> None:
        self._client = client
        self._mission_id = mission_id
        self._seq = 0
        self._news = asyncio.Event()
        self.mission: dict[str, Any] = {}

    async def steps(self) -> AsyncIterator[dict[str, Any]]:
        """Yields each step once, until the mission has ended and everything was told."""
        from socketio import AsyncClient

        socket = AsyncClient(reconnection_delay=0.5, reconnection_delay_max=2)

        async def subscribe() -> None:
            await socket.emit("mission:subscribe", self._mission_id, callback=self._heard)

        socket.on("connect", subscribe)
        for hint in ("mission:step", "mission:status"):
            socket.on(hint, self._heard)
        connecting: asyncio.Future[None] | None = None
        try:
            while True:
                self._news.clear()
                for step in await self._fresh():
                    yield step
                if self._ended():
                    return
                if connecting is None and self._client.token:  # the first read has signed in
                    connecting = asyncio.ensure_future(self._connect(socket))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), RESYNC_S)
        finally:
            if connecting is not None:
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
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

    async def _fresh(self) -> list[dict[str, Any]]:
        try:
            detail = await self._client.get(f"/api/missions/{self._mission_id}")
        except ApiError as error:
            if error.status in (0, 503):  # away for a moment: the mission goes on, and so do we
                return []
            raise
        steps = [step for step in detail["steps"] if step["seq"] > self._seq]
        for step in steps:
            if step["seq"] != self._seq + 1:
                raise ApiError(0, f"Step {self._seq + 1} is missing: the table has a gap.")
            self._seq = step["seq"]
        self.mission = detail["mission"]
        return steps

    def _ended(self) -> bool:
        if not self.mission:
            return False
        return Status(self.mission["status"]).is_terminal and self.mission["lastSeq"] == self._seq


def asks(step: dict[str, Any]) -> str | None:
    """The approval that a step asks people for, or None."""
    if not step["key"].endswith("/opened"):
        return None
    return str(step["data"]["approvalId"])
