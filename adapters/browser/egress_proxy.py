import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog

from activities.task_ending import end_tasks
from adapters.browser.addresses import ForbiddenAddressError
from adapters.browser.egress_rules import EgressRules
from adapters.browser.http_relay import ConnectError, EgressRefusedError, Stream, relay
from adapters.browser.origins import WebOrigin
from adapters.browser.pinned_resolver import PinnedResolver, Resolve, system_resolver

log = structlog.get_logger(__name__)
_MAX_LOGGED = 20
Connect = Callable[[str, int], Awaitable[Stream]]
"""Opens a connection to an address that was checked. Raises OSError."""


@dataclass(frozen=True)
class EgressAllowance:
    """The limits of one visit's traffic: seconds to connect, open connections, requests, bytes received."""

    connect: float = 5.0
    connections: int = 64
    exchanges: int = 3_000
    traffic_bytes: int = 60_000_000


async def connect_to(address: str, port: int) -> Stream:
    """Connects to a numeric address. A name would be resolved again, possibly to another address."""
    return await asyncio.open_connection(address, port, flags=socket.AI_NUMERICHOST)


class EgressProxy:
    """One visit's only way to the network: an HTTP proxy on a loopback port that serves its origins only.

    `stop` is called once, with the reason, when the visit exceeds its allowance.
    """

    def __init__(
        self,
        origins: Iterable[WebOrigin],
        resolver: PinnedResolver,
        rules: EgressRules,
        connect: Connect,
        allowance: EgressAllowance,
        stop: Callable[[str], None],
    ) -> None:
        self._origins = frozenset(origins)
        self._resolver = resolver
        self._rules = rules
        self._open = connect
        self._allowance = allowance
        self._stop = stop
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._received = self._exchanges = 0
        self._exceeded = False
        self._connected = False
        self._problem = ""
        self._refused: dict[str, None] = {}

    @property
    def url(self) -> str:
        """The proxy's address for the browser."""
        if self._server is None:
            raise RuntimeError("the egress proxy is not open")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def problem(self) -> str:
        """Why no origin could be reached; "" after a successful connection, or without an attempt."""
        return "" if self._connected else self._problem

    async def open(self) -> None:
        """Starts to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        """Closes every connection, and logs what was refused."""
        if self._server is not None:
            self._server.close()
        self._resolver.close()
        await end_tasks(self._serving)
        if self._refused:
            allowed = sorted(map(str, self._origins))
            log.warning("egress refused", places=list(self._refused), allowed=allowed)

    async def connect(self, origin: WebOrigin) -> Stream:
        """Connects to a checked address of an allowed origin. Raises EgressRefusedError, ConnectError."""
        if origin not in self._origins:
            self._refuse(str(origin))
        return await self._connect(origin.host, origin.port)

    async def tunnel(self, host: str, port: int) -> Stream:
        """As `connect`, for bytes that are not inspected: TLS, and WebSockets of any scheme."""
        if not any((origin.host, origin.port) == (host, port) for origin in self._origins):
            self._refuse(f"{host}:{port}")
        return await self._connect(host, port)

    def refuse(self, place: str) -> None:
        """Records an attempt to reach another place, for the log."""
        if len(self._refused) < _MAX_LOGGED:
            self._refused[place[:100]] = None

    def count(self) -> None:
        """Counts one request. Raises EgressRefusedError above the limit."""
        self._exchanges += 1
        if self._exchanges > self._allowance.exchanges:
            self._exceed(f"more than {self._allowance.exchanges} requests")
        if self._exceeded:
            raise EgressRefusedError

    def receive(self, size: int) -> None:
        """Counts received bytes. Raises EgressRefusedError above the limit."""
        self._received += size
        if self._received > self._allowance.traffic_bytes:
            self._exceed(f"more than {self._allowance.traffic_bytes // 1_000_000} MB")
            raise EgressRefusedError

    def _refuse(self, place: str) -> None:
        self.refuse(place)
        raise EgressRefusedError

    def _exceed(self, limit: str) -> None:
        if not self._exceeded:
            self._exceeded = True
            for task in self._serving - {asyncio.current_task()}:
                task.cancel()
            self._stop(f"budget_exceeded: the page asked for {limit}")

    async def _connect(self, host: str, port: int) -> Stream:
        self.count()
        reason = "it has no address"
        try:
            addresses = await self._resolver.addresses(host)
            await self._rules.check(host, addresses, port)
        except ForbiddenAddressError as error:
            self._problem = f"blocked: {error}"
            self._refuse(f"{host}:{port}")
        except (OSError, TimeoutError) as error:
            addresses, reason = (), f"its name was not resolved ({type(error).__name__})"
        for address in addresses:
            try:
                async with asyncio.timeout(self._allowance.connect):
                    stream = await self._open(address, port)
            except TimeoutError:
                reason = f"no answer within {self._allowance.connect:g} s"
            except OSError as error:
                reason = os.strerror(error.errno).lower() if error.errno else type(error).__name__
            else:
                self._connected = True
                return stream
        self._problem = f"unreachable: {host}:{port}: {reason}"
        raise ConnectError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._serving) >= self._allowance.connections or self._exceeded:
            writer.transport.abort()
            return
        self._serving.add(task)
        try:
            with contextlib.suppress(OSError, EgressRefusedError):
                await relay((reader, writer), self)
        except asyncio.CancelledError:
            writer.transport.abort()  # `close` cancelled it; asyncio's server awaits no handler task
        finally:
            self._serving.discard(task)
            writer.close()


class EgressProxyFactory:
    """Opens an egress proxy for each visit, and remembers which names have resolved to public addresses."""

    def __init__(
        self,
        rules: EgressRules,
        resolve: Resolve = system_resolver,
        connect: Connect = connect_to,
        allowance: EgressAllowance | None = None,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._connect = connect
        self._allowance = allowance or EgressAllowance()
        self._public_names: dict[str, None] = {}

    @contextlib.asynccontextmanager
    async def proxy(
        self, origins: Iterable[WebOrigin], stop: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[EgressProxy]:
        """An open proxy to these origins; closed at the end."""
        resolver = PinnedResolver(self._resolve, self._public_names)
        proxy = EgressProxy(origins, resolver, self._rules, self._connect, self._allowance, stop)
        await proxy.open()
        try:
            yield proxy
        finally:
            await proxy.close()
