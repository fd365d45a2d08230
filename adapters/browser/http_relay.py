"""An HTTP proxy's two verbs for one client connection: CONNECT, and requests in absolute form.

h11 does the framing on both sides, so nothing of one message is ever taken for another. Each connection
onwards belongs to one origin: whatever a client smuggles into it stays there.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Any, Protocol

import h11

from adapters.browser.origins import WebOrigin, origin_of

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_READ = 65_536
_HEAD = 65_536
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255}):([0-9]{1,5})")
_HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate",
        b"te", b"trailer", b"upgrade", b"expect", b"host", b"alt-svc",
    )
)  # fmt: skip
_FORBIDDEN, _BAD_REQUEST, _BAD_GATEWAY, _PROXY_LOGIN = 403, 400, 502, 407


class EgressRefusedError(Exception):
    """The client may not go there."""


class ConnectError(Exception):
    """Nobody answers there."""


class Upstream(Protocol):
    """Where a client may be led."""

    async def connect(self, origin: WebOrigin) -> Stream:
        """A connection to the origin. RefusedError, DialError."""

    async def tunnel(self, host: str, port: int) -> Stream:
        """The same for a host and port."""

    def refuse(self, place: str) -> None:
        """Notes an attempt that names no place at all."""

    def count(self) -> None:
        """One more exchange. RefusedError."""

    def receive(self, size: int) -> None:
        """So many bytes came from outside. RefusedError."""


class _Wire:
    """One side: a socket and where its HTTP/1.1 stands."""

    def __init__(
        self, role: type[h11.CLIENT | h11.SERVER], stream: Stream, received: Callable[[int], None]
    ) -> None:
        self.http = h11.Connection(role, max_incomplete_event_size=_HEAD)
        self.reader, self.writer = stream
        self._received = received

    async def next(self) -> Any:  # noqa: ANN401  h11's events have no common type
        """The next event. h11.RemoteProtocolError."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(_READ)
            self._received(len(data))
            self.http.receive_data(data)
        return event

    async def send(self, event: h11.Event) -> None:
        """Sends one event."""
        if data := self.http.send(event):
            self.writer.write(data)
            await self.writer.drain()

    async def answer(self, status: int) -> None:
        """Our own answer, after which the connection ends."""
        if self.http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [("Content-Length", "0"), ("Connection", "close")]
            await self.send(h11.Response(status_code=status, headers=headers))
            await self.send(h11.EndOfMessage())

    def renew(self) -> bool:
        """Ready for the next exchange; False where the connection is used up."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            return True
        return False


async def relay(stream: Stream, out: Upstream) -> None:
    """Serves one client connection until it ends. OSError where it breaks, RefusedError from `out`."""
    client = _Wire(h11.SERVER, stream, lambda _: None)
    upstreams: dict[WebOrigin, _Wire] = {}  # at most one
    try:
        while type(request := await client.next()) is h11.Request:
            if request.method == b"CONNECT":
                await _tunnel(client, request, out)
                return
            await _exchange(client, request, upstreams, out)
            if not client.renew():
                return
    except EgressRefusedError:
        await client.answer(_FORBIDDEN)
    except ConnectError:
        await client.answer(_BAD_GATEWAY)
    except h11.RemoteProtocolError:
        # What the client says is nonsense; or the other side's answer is, and then silence says it best.
        if client.http.their_state is h11.ERROR:
            await client.answer(_BAD_REQUEST)
    finally:
        for upstream in upstreams.values():
            upstream.writer.close()


async def _exchange(
    client: _Wire, request: h11.Request, upstreams: dict[WebOrigin, _Wire], out: Upstream
) -> None:
    origin, path = _aim(request.target, out)
    upstream = await _upstream(origin, upstreams, out)
    host = origin.authority.removesuffix(":80").encode()
    headers = [(b"Host", host), *_end_to_end(request)]
    await upstream.send(h11.Request(method=request.method, target=path, headers=headers))
    while type(event := await client.next()) is h11.Data:
        await upstream.send(event)
    if type(event) is not h11.EndOfMessage:
        return
    await upstream.send(event)
    await _unless_gone(client, _answer(client, upstream))


async def _upstream(origin: WebOrigin, upstreams: dict[WebOrigin, _Wire], out: Upstream) -> _Wire:
    """The connection to the origin, the last one where it can be used again."""
    known = upstreams.get(origin)
    if known is not None and not known.reader.at_eof() and known.renew():
        out.count()
        return known
    for other in upstreams.values():
        other.writer.close()
    upstreams.clear()
    made = _Wire(h11.CLIENT, await out.connect(origin), out.receive)
    upstreams[origin] = made
    return made


async def _answer(client: _Wire, upstream: _Wire) -> None:
    while type(head := await upstream.next()) is h11.InformationalResponse:
        pass
    if type(head) is not h11.Response:
        return  # it closed without a word: so do we
    if head.status_code == _PROXY_LOGIN:  # nobody behind us may speak as the proxy
        await client.answer(_BAD_GATEWAY)
        return
    await client.send(
        h11.Response(status_code=head.status_code, reason=head.reason, headers=_end_to_end(head))
    )
    while type(event := await upstream.next()) is h11.Data:
        await client.send(event)
    if type(event) is h11.EndOfMessage:
        await client.send(h11.EndOfMessage())


async def _unless_gone(client: _Wire, answering: Any) -> None:  # noqa: ANN401  a coroutine
    """Answers, and stops where the client goes away meanwhile: a stream may be silent for ever."""
    work, gone = asyncio.ensure_future(answering), asyncio.ensure_future(client.reader.read(_READ))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            client.http.receive_data(early := gone.result())
            if not early:
                return
        await work
    finally:
        work.cancel()
        gone.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _tunnel(client: _Wire, request: h11.Request, out: Upstream) -> None:
    named = _AUTHORITY.fullmatch(request.target.decode("ascii", "replace").lower())
    if named is None:
        out.refuse(request.target.decode("ascii", "replace"))
        raise EgressRefusedError
    reader, writer = await out.tunnel(named[1].strip("[]"), int(named[2]))
    try:
        while type(await client.next()) is h11.Data:
            pass
        await client.send(h11.Response(status_code=200, headers=[]))
        writer.write(client.http.trailing_data[0])
        outwards = asyncio.ensure_future(_pour(client.reader, writer, lambda _: None))
        inwards = asyncio.ensure_future(_pour(reader, client.writer, out.receive))
        try:
            await asyncio.wait({outwards, inwards}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            outwards.cancel()
            inwards.cancel()
            await asyncio.gather(outwards, inwards, return_exceptions=True)
    finally:
        writer.close()


async def _pour(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, received: Callable[[int], None]
) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_READ):
            received(len(data))
            sink.write(data)
            await sink.drain()


def _aim(target: bytes, out: Upstream) -> tuple[WebOrigin, bytes]:
    """The origin and the path of an absolute-form target. RefusedError for any other form or scheme."""
    text = target.decode("ascii", "replace")
    origin = origin_of(text) if text.startswith("http://") else None
    if origin is None:
        out.refuse(text.partition("?")[0])
        raise EgressRefusedError
    rest = text.removeprefix("http://").partition("#")[0]
    start = min((rest.index(sign) for sign in "/?" if sign in rest), default=len(rest))
    path = rest[start:]
    return origin, (path if path.startswith("/") else "/" + path).encode()


def _end_to_end(message: h11.Request | h11.Response) -> list[tuple[bytes, bytes]]:
    """The headers that are not about the connection. Those that `Connection` names are, too."""
    named = {
        name.strip().lower()
        for key, value in message.headers
        if key == b"connection"
        for name in value.split(b",")
    }
    # Framing stays: h11 checked it, and frames the copy the same way.
    dropped = (_HOP_BY_HOP | named) - {b"content-length", b"transfer-encoding"}
    return [(name, value) for name, value in message.headers.raw_items() if name.lower() not in dropped]
