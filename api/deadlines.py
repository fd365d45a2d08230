"""Deadlines for clients, because uvicorn waits for the rest of a request without a limit.

uvicorn reads the head in its protocol class, which is not part of its documented API. `DeadlinedProtocol` is
the only code that depends on it, and the version of uvicorn is pinned.
"""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.errors import problem

HEADERS_S = 10.0
BODY_S = 15.0
BODY_BYTES = 64 * 1024


class DeadlinedProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose request head is not complete in 10 s.

    The time starts with the connection, and for each later request with its first byte.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Starts the deadline of the first request."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Stops the deadline when the head is complete, and starts it for the next request."""
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        between = cycle is None or cycle.response_complete
        if between and self.transport.get_protocol() is self and not self.transport.is_closing():
            self._begin()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the deadline."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self._give_up)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.close()


class BodyLimits:
    """ASGI middleware: answers 413 to a body of more than 64 KB, and 408 if one is not complete after 15 s.

    A body that does not say its length is counted by the router. The answer has no deadline.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles HTTP requests, and passes on everything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Request(scope).headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > BODY_BYTES:
            refusal = problem(Request(scope), 413, "The body is too large.", "At most 64 KB.")
            await refusal(scope, receive, send)
            return
        body = _Body(receive)

        async def answer(message: Message) -> None:
            if not body.late:
                await send(message)

        try:
            await self._app(scope, body.receive, answer)
        except Exception:
            if not body.late:
                raise
        if body.late:
            refusal = problem(Request(scope), 408, "The request was not complete in time.", "")
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)


class _Body:
    """The body of a request. A late body looks to the app like a disconnected client."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + BODY_S
        self._whole = False
        self.late = False

    async def receive(self) -> Message:
        """The next message; those of the body have a deadline."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.late = self._whole = True
            return {"type": "http.disconnect"}
        self._whole = not message.get("more_body", False)
        return message
