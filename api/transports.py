"""The connections below Socket.IO's sockets. Until a person signs in on one, it is short and counted."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import socketio
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.tokens import Claims
from stores.socketio_internals import close_transport, follow_transports

ANONYMOUS_S = 10.0
"""How long a connection may last without a person who is signed in on it."""
EACH_CLIENT = 50
"""How many such connections one client may have: a network, or a person whose browser is known."""
ALTOGETHER = 500
"""How many such connections this process has at most."""
FORCE_S = 5.0
"""How long a closed connection may take to send what it holds; then it is cut."""
POLL_END_S = 1.0
"""How long the poll of a connection that has ended may take to fetch what it holds."""
SCOPE_KEY = "ops_agent.transport"
NO_SLOT, FULL, OVERLAP = 429, 503, 400


@dataclass(eq=False)
class Transport:
    """One connection of Engine.IO: a WebSocket, a series of polls, or the second after the first."""

    client: str
    id: str = ""
    sid: str = ""
    claims: Claims | None = None
    refused: bool = False
    is_open: bool = True
    poll: asyncio.Timeout | None = None
    websocket: tuple[asyncio.Timeout, asyncio.Timeout] | None = None
    deadline: asyncio.TimerHandle | None = None

    @staticmethod
    def of(environ: dict[str, Any]) -> "Transport":
        """The connection of a Socket.IO handler's `environ`."""
        transport: Transport = environ["asgi.scope"][SCOPE_KEY]
        return transport


class Transports:
    """ASGI app around Socket.IO's: refuses connections beyond the limits before anything is stored of them.

    `client_of` names what an anonymous connection is counted by. `left` is called when a person's connection
    ends, or is anonymous again.
    """

    def __init__(
        self,
        app: ASGIApp,
        server: socketio.AsyncServer,
        client_of: Callable[[HTTPConnection], str],
        left: Callable[[Transport], None],
    ) -> None:
        self._app = app
        self._server = server
        self._client_of = client_of
        self._left = left
        self._transports: dict[str, Transport] = {}
        self._anonymous: Counter[str] = Counter()
        self._closing: set[asyncio.Task[None]] = set()
        follow_transports(server, self._opened, self._closed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts a handshake, and passes the requests of accepted connections on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        ids = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("sid")
        if ids is None:
            await self._begin(scope, receive, send)
        elif (transport := self._transports.get(ids[0])) is None:
            await self._app(scope, receive, send)  # Engine.IO refuses it
        elif scope["type"] == "websocket":
            await self._serve_websocket(transport, scope, receive, send)
        elif scope["method"] == "GET":
            await self._serve_poll(transport, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def sign_in(self, transport: Transport, sid: str, claims: Claims) -> None:
        """The connection is a person's from now on."""
        if transport.claims is None:
            self._count(transport, -1)
        transport.sid, transport.claims = sid, claims

    def sign_out(self, transport: Transport) -> None:
        """The connection's socket has ended: it is anonymous again, and may sign in again in time."""
        if transport.is_open and transport.claims is not None:
            self._left(transport)
            transport.claims = None
            self._count(transport, 1)

    def close(self, transport: Transport) -> None:
        """Ends the connection: at once, or after a moment if its client reads nothing."""
        loop = asyncio.get_running_loop()
        if transport.websocket is not None:
            polite, forced = transport.websocket
            polite.reschedule(loop.time())
            forced.reschedule(loop.time() + FORCE_S)
        task = loop.create_task(close_transport(self._server, transport.id))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = self._client_of(HTTPConnection(scope))
        if self._anonymous[client] >= EACH_CLIENT:
            await _refuse(scope, receive, send, NO_SLOT)
            return
        if self._anonymous.total() >= ALTOGETHER:
            await _refuse(scope, receive, send, FULL)
            return
        transport = scope[SCOPE_KEY] = Transport(client)
        self._count(transport, 1)
        try:
            if scope["type"] == "websocket":
                await self._serve_websocket(transport, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            if scope["type"] == "websocket" or not transport.id:
                await close_transport(self._server, transport.id)
                self._release(transport)

    async def _serve_websocket(
        self, transport: Transport, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if transport.websocket is not None:
            await _refuse(scope, receive, send, OVERLAP)
            return
        try:
            # Engine.IO ends a cancelled connection in order; the second timeout is for a client that reads
            # nothing, on which it would wait.
            async with asyncio.timeout(None) as forced, asyncio.timeout(None) as polite:
                transport.websocket = polite, forced
                await self._app(scope, receive, send)
        except TimeoutError:
            pass
        finally:
            transport.websocket = None

    async def _serve_poll(self, transport: Transport, scope: Scope, receive: Receive, send: Send) -> None:
        if transport.poll is not None:
            await _refuse(scope, receive, send, OVERLAP)
            return
        try:
            async with asyncio.timeout(None) as transport.poll:
                await self._app(scope, receive, send)
        except TimeoutError:
            pass
        finally:
            transport.poll = None

    def _opened(self, connection: str, scope: dict[str, Any]) -> None:
        transport: Transport = scope[SCOPE_KEY]
        transport.id = connection
        self._transports[connection] = transport

    def _closed(self, connection: str) -> None:
        transport = self._transports.pop(connection, None)
        if transport is not None:
            self._release(transport)

    def _release(self, transport: Transport) -> None:
        if not transport.is_open:
            return
        if transport.claims is None:
            self._count(transport, -1)
        else:
            self._left(transport)
        transport.is_open = False
        if transport.poll is not None:  # Engine.IO would let it wait until the next ping
            transport.poll.reschedule(asyncio.get_running_loop().time() + POLL_END_S)

    def _count(self, transport: Transport, change: int) -> None:
        """Counts a connection as anonymous (1), or as that no more (-1); only the first has a deadline."""
        self._anonymous[transport.client] += change
        if self._anonymous[transport.client] <= 0:
            del self._anonymous[transport.client]
        if transport.deadline is not None:
            transport.deadline.cancel()
        loop = asyncio.get_running_loop()
        transport.deadline = loop.call_later(ANONYMOUS_S, self.close, transport) if change > 0 else None


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    """Answers before the upgrade to a WebSocket, or the poll."""
    headers = {"Retry-After": str(round(ANONYMOUS_S)), "Cache-Control": "no-store"}
    await PlainTextResponse("Too many connections.", status, headers)(scope, receive, send)
