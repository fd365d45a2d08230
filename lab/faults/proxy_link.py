import asyncio
import random
from collections.abc import Callable
from typing import cast

from lab.faults.proxy_pipe import Pipe, reset
from lab.faults.proxy_toxics import LinkMode, LinkStatus, LinkToxics

BACKLOG = 1024


class _Side(asyncio.Protocol):
    """One of a connection's two sockets: `out` is what it sends, `into` what it receives."""

    def __init__(
        self, out: Pipe, into: Pipe, opened: Callable[[], None], closed: Callable[[Exception | None], None]
    ) -> None:
        self._out, self._into, self._opened, self._closed = out, into, opened, closed
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = self._out.source = self._into.target = cast("asyncio.Transport", transport)
        self._opened()

    def data_received(self, data: bytes) -> None:
        self._out.feed(data)

    def eof_received(self) -> bool:
        self._out.end()
        return True  # the other direction stays open

    def pause_writing(self) -> None:
        self._into.set_target_full(full=True)

    def resume_writing(self) -> None:
        self._into.set_target_full(full=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(exc)


class ProxyConnection:
    """A caller's connection and, unless the link is half open, the one to the callee."""

    def __init__(self, link: "ProxyLink") -> None:
        self._link = link
        self.upstream = Pipe(link.generator, link.count, self.reset, self._ended)
        self.downstream = Pipe(link.generator, link.count, self.reset, self._ended)
        self.caller = _Side(self.upstream, self.downstream, self._accepted, self._lost)
        self._callee = _Side(self.downstream, self.upstream, self._connected, self._lost)
        self._connecting: asyncio.Task[None] | None = None
        self._over = self.deaf = False

    def reset(self) -> None:
        """Ends both connections with RST."""
        if not self._over:
            self._link.resets += 1
        reset(self.caller.transport)
        reset(self._callee.transport)
        self._closed()

    def apply(self, toxics: LinkToxics) -> None:
        """Changes the toxics of an open connection."""
        stopped = toxics.mode is LinkMode.HALF_OPEN
        for pipe, own in ((self.upstream, toxics.upstream), (self.downstream, toxics.downstream)):
            pipe.set_toxics(own.model_copy(update={"stopped": True}) if stopped else own)

    def _accepted(self) -> None:
        self._link.accept(self)
        if self._link.toxics.mode is LinkMode.HALF_OPEN:
            self.deaf = True
            return
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        host, port = self._link.callee
        try:
            await asyncio.get_running_loop().create_connection(lambda: self._callee, host, port)
        except OSError:  # the callee refuses: the caller sees its connection closed
            self.reset()

    def _connected(self) -> None:
        if self._over:
            reset(self._callee.transport)
        else:
            self.upstream.set_target_full(full=False)  # it has a target now

    def _ended(self) -> None:
        if self.upstream.finished and self.downstream.finished:
            self._closed()

    def _lost(self, error: Exception | None) -> None:
        if error is None or self._over:
            self._closed()
        else:  # the other side sees the same
            self.reset()

    def _closed(self) -> None:
        if self._over:
            return
        self._over = True
        self._link.forget(self)
        if self._connecting is not None and self._callee.transport is None:
            self._connecting.cancel()
        for pipe in (self.upstream, self.downstream):
            pipe.close()
        for side in (self.caller, self._callee):
            if side.transport is not None:
                side.transport.close()


class ProxyLink:
    """One listening address, its callee and its toxics."""

    def __init__(self, name: str, address: tuple[str, int], callee: tuple[str, int], seed: int = 0) -> None:
        self.name, self.address, self.callee = name, address, callee
        self.generator = random.Random(f"{name} {seed}")
        self.toxics = LinkToxics()
        self.accepted = self.forwarded_bytes = self.resets = 0
        self._connections: set[ProxyConnection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Begins to accept connections. Idempotent. OSError if the address is in use."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: ProxyConnection(self).caller, *self.address, backlog=BACKLOG
            )

    def close(self) -> None:
        """Refuses new connections; open ones stay."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def set(self, toxics: LinkToxics) -> None:
        """Replaces the toxics, for open connections too.

        A connection that was accepted while the link was half open has no callee: it is reset when the link
        forwards again, as its caller would see it after a repaired route.
        """
        self.toxics = toxics
        if toxics.mode in (LinkMode.REFUSE, LinkMode.CUT):
            self.close()
        else:
            await self.listen()
        for connection in list(self._connections):
            if toxics.mode is LinkMode.CUT or (connection.deaf and toxics.mode is LinkMode.FORWARD):
                connection.reset()
            else:
                connection.apply(toxics)

    def reset(self) -> int:
        """Resets every open connection; returns how many there were."""
        connections = list(self._connections)
        for connection in connections:
            connection.reset()
        return len(connections)

    def accept(self, connection: ProxyConnection) -> None:
        """Counts a new connection and gives it the toxics."""
        self.accepted += 1
        self._connections.add(connection)
        connection.apply(self.toxics)

    def forget(self, connection: ProxyConnection) -> None:
        """Removes a closed connection."""
        self._connections.discard(connection)

    def count(self, size: int) -> None:
        """Counts forwarded bytes."""
        self.forwarded_bytes += size

    def status(self) -> LinkStatus:
        """What GET /links shows of it."""
        return LinkStatus(
            toxics=self.toxics,
            connections=len(self._connections),
            accepted=self.accepted,
            forwarded_bytes=self.forwarded_bytes,
            resets=self.resets,
        )
