"""An HTTP proxy for one client connection: CONNECT, and requests in absolute form.

h11 frames the messages on both sides, so that no part of one message is parsed as another. Each upstream
connection belongs to one origin: a smuggled request reaches the same origin only.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import h11

from activities.task_ending import end_tasks
from adapters.browser.origins import WebOrigin, origin_of

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_READ_BYTES = 65_536
_HEAD_BYTES = 65_536
_HOST_AND_PORT = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255}):([0-9]{1,5})")
_HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate",
        b"te", b"trailer", b"upgrade", b"expect", b"host", b"alt-svc",
    )
)  # fmt: skip
_FORBIDDEN, _BAD_REQUEST, _BAD_GATEWAY, _PROXY_AUTH_REQUIRED = 403, 400, 502, 407


class EgressRefusedError(Exception):
    """The client may not connect to this place, or exceeded its allowance."""


class ConnectError(Exception):
    """No address of the origin accepts a connection."""


class Upstream(Protocol):
    """Opens the connections to the origins, and counts the traffic."""

    async def connect(self, origin: WebOrigin) -> Stream:
        """Connects to the origin. Raises EgressRefusedError, ConnectError."""

    async def tunnel(self, host: str, port: int) -> Stream:
        """Connects to a host and port. Raises EgressRefusedError, ConnectError."""

    def refuse(self, place: str) -> None:
        """Records a request with a malformed target."""

    def count(self) -> None:
        """Counts one request. Raises EgressRefusedError."""

    def receive(self, size: int) -> None:
        """Counts received bytes. Raises EgressRefusedError."""


class _HttpConnection:
    """One side of the relay: a socket and its HTTP/1.1 state."""

    def __init__(
        self, role: type[h11.CLIENT | h11.SERVER], stream: Stream, received: Callable[[int], None]
    ) -> None:
        self.http = h11.Connection(role, max_incomplete_event_size=_HEAD_BYTES)
        self.reader, self.writer = stream
        self._received = received

    async def next(self) -> Any:  # noqa: ANN401  h11's events have no common type
        """The next event. Raises h11.RemoteProtocolError."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(_READ_BYTES)
            self._received(len(data))
            self.http.receive_data(data)
        return event

    async def send(self, event: h11.Event) -> None:
        """Sends one event."""
        if data := self.http.send(event):
            self.writer.write(data)
            await self.writer.drain()

    async def respond(self, status: int) -> None:
        """Responds with an error of the proxy itself and `Connection: close`."""
        if self.http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [("Content-Length", "0"), ("Connection", "close")]
            await self.send(h11.Response(status_code=status, headers=headers))
            await self.send(h11.EndOfMessage())

    def reuse(self) -> bool:
        """Prepares the next exchange. False where the connection cannot be reused."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            return True
        return False


async def relay(stream: Stream, upstream: Upstream) -> None:
    """Serves one client connection until it ends. Raises OSError, and EgressRefusedError from `upstream`."""
    client = _HttpConnection(h11.SERVER, stream, lambda _: None)
    servers: dict[WebOrigin, _HttpConnection] = {}  # at most one
    try:
        while type(request := await client.next()) is h11.Request:
            if request.method == b"CONNECT":
                await _tunnel(client, request, upstream)
                return
            await _exchange(client, request, servers, upstream)
            if not client.reuse():
                return
    except EgressRefusedError:
        await client.respond(_FORBIDDEN)
    except ConnectError:
        await client.respond(_BAD_GATEWAY)
    except h11.RemoteProtocolError:
        # After a malformed response of the origin, the connection is closed without a response.
        if client.http.their_state is h11.ERROR:
            await client.respond(_BAD_REQUEST)
    finally:
        for server in servers.values():
            server.writer.close()


async def _exchange(
    client: _HttpConnection,
    request: h11.Request,
    servers: dict[WebOrigin, _HttpConnection],
    upstream: Upstream,
) -> None:
    origin, path = _parse_target(request.target, upstream)
    server = await _server(origin, servers, upstream)
    host = origin.authority.removesuffix(":80").encode()
    headers = [(b"Host", host), *_end_to_end(request)]
    await server.send(h11.Request(method=request.method, target=path, headers=headers))
    while type(event := await client.next()) is h11.Data:
        await server.send(event)
    if type(event) is not h11.EndOfMessage:
        return
    await server.send(event)
    await _while_connected(client, _forward_response(client, server))


async def _server(
    origin: WebOrigin, servers: dict[WebOrigin, _HttpConnection], upstream: Upstream
) -> _HttpConnection:
    """A connection to the origin: the present one if it can be reused, else a new one in its place."""
    present = servers.get(origin)
    if present is not None and not present.reader.at_eof() and present.reuse():
        upstream.count()
        return present
    for other in servers.values():
        other.writer.close()
    servers.clear()
    servers[origin] = _HttpConnection(h11.CLIENT, await upstream.connect(origin), upstream.receive)
    return servers[origin]


async def _forward_response(client: _HttpConnection, server: _HttpConnection) -> None:
    while type(head := await server.next()) is h11.InformationalResponse:
        pass
    if type(head) is not h11.Response:
        return  # the server closed the connection: so does the proxy
    if head.status_code == _PROXY_AUTH_REQUIRED:  # only the proxy itself may send this status
        await client.respond(_BAD_GATEWAY)
        return
    await client.send(
        h11.Response(status_code=head.status_code, reason=head.reason, headers=_end_to_end(head))
    )
    while type(event := await server.next()) is h11.Data:
        await client.send(event)
    if type(event) is h11.EndOfMessage:
        await client.send(h11.EndOfMessage())


async def _while_connected(client: _HttpConnection, response: Coroutine[Any, Any, None]) -> None:
    """Forwards the response, and stops when the client disconnects: a stream may be silent for ever."""
    work, gone = asyncio.ensure_future(response), asyncio.ensure_future(client.reader.read(_READ_BYTES))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            data = gone.result()  # bytes of the next request, or none after a disconnect
            client.http.receive_data(data)
            if not data:
                return
        await work
    finally:
        await end_tasks((work, gone))


async def _tunnel(client: _HttpConnection, request: h11.Request, upstream: Upstream) -> None:
    match = _HOST_AND_PORT.fullmatch(request.target.decode("ascii", "replace").lower())
    if match is None:
        upstream.refuse(request.target.decode("ascii", "replace"))
        raise EgressRefusedError
    reader, writer = await upstream.tunnel(match[1].strip("[]"), int(match[2]))
    try:
        while type(await client.next()) is h11.Data:
            pass
        await client.send(h11.Response(status_code=200, headers=[]))
        writer.write(client.http.trailing_data[0])
        sending = asyncio.ensure_future(_copy(client.reader, writer, lambda _: None))
        receiving = asyncio.ensure_future(_copy(reader, client.writer, upstream.receive))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks((sending, receiving))
    finally:
        writer.close()


async def _copy(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, received: Callable[[int], None]
) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_READ_BYTES):
            received(len(data))
            sink.write(data)
            await sink.drain()


def _parse_target(target: bytes, upstream: Upstream) -> tuple[WebOrigin, bytes]:
    """The origin and the path of an absolute-form target.

    Raises EgressRefusedError for any other form or scheme.
    """
    text = target.decode("ascii", "replace")
    origin = origin_of(text) if text.startswith("http://") else None
    if origin is None:
        upstream.refuse(text.partition("?")[0])
        raise EgressRefusedError
    rest = text.removeprefix("http://").partition("#")[0]
    start = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    path = rest[start:]
    return origin, (path if path.startswith("/") else "/" + path).encode()


def _end_to_end(message: h11.Request | h11.Response) -> list[tuple[bytes, bytes]]:
    """The headers to forward: all but the hop-by-hop headers and those that `Connection` names."""
    listed = {
        name.strip().lower()
        for key, value in message.headers
        if key == b"connection"
        for name in value.split(b",")
    }
    # The framing headers stay: h11 checked them and frames the forwarded message the same way.
    dropped = (_HOP_BY_HOP | listed) - {b"content-length", b"transfer-encoding"}
    return [(name, value) for name, value in message.headers.raw_items() if name.lower() not in dropped]
