"""Socket.IO from outside: what a person's sockets hear, and what the events answer to foreign ids."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import aiohttp
import socketio
from socketio.exceptions import ConnectionError as SocketError
from socketio.exceptions import TimeoutError as SocketTimeoutError

from probe.samples import SampleIds
from probe.visitors import Visitor

EVENTS = (
    "mission:subscribe",
    "mission:unsubscribe",
    "approval:subscribe",
    "mission:watch",
    "mission:unwatch",
    "ping",
)
"""Every event that a client may send; a test compares them with the server's handlers."""

HARMLESS = ("mission:unsubscribe", "mission:unwatch", "ping")
"""Events that give nothing: their answer is the same for every id."""

ANSWER_S = 10.0
MALFORMED: tuple[Any, ...] = (
    None,
    "",
    0,
    -1,
    True,
    [],
    {},
    ["x"] * 50,
    {"id": "x"},
    "../../demo",
    "*",
    "x" * 2000,
    "mission:demo:*",
    "deciders:demo",
    "org:demo",
    "\x00",
    1e308,
)


class Listener:
    """One person's socket. It stores everything that it hears."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.messages: list[tuple[str, str]] = []
        self.refusal = ""
        self.closed = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._client: Any = None

    async def connect(self, token: str | None = None, transport: str = "websocket") -> bool:
        """Connects with the person's token; False if it is refused."""
        connector = aiohttp.TCPConnector(local_addr=(self._visitor.address, 0), limit=0)
        self._session = aiohttp.ClientSession(connector=connector)
        self._client = socketio.AsyncClient(reconnection=False, http_session=self._session)
        self._client.on("*", self._hear)
        self._client.on("connect_error", self._refuse)
        self._client.on("disconnect", self._close)
        auth = {"token": self._visitor.token if token is None else token}
        try:
            await self._client.connect(
                self._visitor.url, auth=auth, transports=[transport], wait_timeout=ANSWER_S
            )
        except SocketError as error:
            self.refusal = self.refusal or str(error)
            return False
        return True

    async def call(self, event: str, content: object) -> Any:  # noqa: ANN401  JSON
        """The answer to one event; None without an answer in time."""
        try:
            return await self._client.call(event, content, timeout=ANSWER_S)
        except SocketTimeoutError:
            return None

    async def emit(self, event: str, content: object) -> None:
        """Sends one event without waiting for an answer."""
        await self._client.emit(event, content)

    async def close(self) -> None:
        """Closes the socket and its HTTP session."""
        if self._client is not None:
            await self._client.disconnect()
        if self._session is not None:
            await self._session.close()

    def mentions(self, texts: set[str]) -> list[str]:
        """What it heard that contains one of these texts."""
        return [
            f"{name}: {content[:150]}"
            for name, content in self.messages
            if any(text in content for text in texts)
        ]

    async def _hear(self, event: str, *content: object) -> None:
        self.messages.append((event, json.dumps(content, default=str)))

    async def _refuse(self, reason: object = "") -> None:
        self.refusal = str(reason)

    async def _close(self, *_: object) -> None:
        self.closed.set()


async def listeners_of(visitors: Mapping[str, Visitor]) -> dict[str, Listener]:
    """A connected socket for each visitor who has a token."""
    listeners = {name: Listener(visitor) for name, visitor in visitors.items() if visitor.token}
    for name, listener in listeners.items():
        if not await listener.connect():
            raise SocketError(f"{name} cannot connect: {listener.refusal}")
    return listeners


async def walk_events(listener: Listener, foreign: SampleIds, pause_s: float = 0.06) -> list[str]:
    """Sends each event with each foreign id, each room name and malformed content; the mistakes.

    The answer to a foreign id must be the answer to an id that nothing has. `pause_s` keeps below the limit
    of 20 events a second.
    """
    ids = foreign.ids
    rooms = [
        f"mission:{ids['slug']}:{ids['mission_id']}",
        f"watching:{ids['slug']}:{ids['mission_id']}",
        f"person:{ids['user_id']}",
        f"person:{ids['slug']}:{ids['user_id']}",
        f"deciders:{ids['slug']}",
        f"org:{ids['slug']}",
    ]
    mistakes = []
    for event in EVENTS:
        unknown = await listener.call(event, str(uuid4())) if event != "ping" else None
        for content in (*ids.values(), *(each.upper() for each in ids.values()), *rooms, *MALFORMED):
            await asyncio.sleep(pause_s)
            if event == "ping":
                await listener.emit(event, content)
                continue
            answer = await listener.call(event, content)
            if answer != unknown or (event not in HARMLESS and "error" not in (answer or {})):
                mistakes.append(f"{event} {str(content)[:60]!r}: {answer} instead of {unknown}")
    return mistakes
