"""A Socket.IO client over a real WebSocket that stores every received event."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

EVENTS = (
    "mission:event",
    "mission:step",
    "mission:status",
    "mission:update",
    "mission:frame",
    "approval:request",
    "approval:response",
    "notification",
    "system:announcement",
    "pong",
)


class SocketClient:
    """One connected client, and every event that it received."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[str, Any]] = []
        self.refusals: list[Any] = []
        self._news = asyncio.Event()
        self.client.on("connect_error", self._refused)
        for name in EVENTS:
            self.client.on(name, self._listener(name))

    def _listener(self, name: str) -> Callable[..., Awaitable[None]]:
        async def listen(*content: Any) -> None:
            self.heard.append((name, content[0] if content else None))
            self._news.set()

        return listen

    async def _refused(self, reason: Any) -> None:
        self.refusals.append(reason)

    async def close(self) -> None:
        """Also closes the HTTP session that the library leaves open after a refusal."""
        await self.client.disconnect()
        http = self.client.eio.http
        if http is not None:
            await http.close()

    def all(self, name: str) -> list[Any]:
        return [content for heard, content in self.heard if heard == name]

    async def hear(self, name: str, seq: int | None = None) -> Any:
        """Waits for the first event of this name (and number), and returns its content."""
        async with asyncio.timeout(10):
            while True:
                self._news.clear()
                for content in self.all(name):
                    if seq is None or content["seq"] == seq:
                        return content
                await self._news.wait()

    async def hear_of(self, name: str, count: int) -> None:
        """Waits until that many events of this name have arrived."""
        async with asyncio.timeout(10):
            while len(self.all(name)) < count:
                self._news.clear()
                if len(self.all(name)) < count:
                    await self._news.wait()

    async def call(self, name: str, content: Any) -> Any:
        return await self.client.call(name, content, timeout=10)

    async def settle(self) -> None:
        """Waits for the response to a ping, so every event sent before has arrived."""
        before = len(self.all("pong"))
        await self.client.emit("ping")
        async with asyncio.timeout(10):
            while len(self.all("pong")) == before:
                self._news.clear()
                await self._news.wait()


Listen = Callable[..., Awaitable[SocketClient]]
