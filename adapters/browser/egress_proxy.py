import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog

from adapters.browser.addresses import ForbiddenAddressError
from adapters.browser.http_relay import ConnectError, EgressRefusedError, Stream, relay
from adapters.browser.origins import WebOrigin
from adapters.browser.pins import Pins, Resolve, system_resolver

log = structlog.get_logger(__name__)
_KEPT = 20
Connect = Callable[[str, int], Awaitable[Stream]]
"""Opens a connection to an address that was checked. Raises OSError."""


@dataclass(frozen=True)
class EgressAllowance:
    """What a visit's traffic may come to: seconds to connect, connections at once, exchanges, bytes in."""

    connect: float = 5.0
    connections: int = 64
    exchanges: int = 3_000
    traffic_bytes: int = 60_000_000


async def connect_to(address: str, port: int) -> Stream:
    """A connection to a number: a name would be asked for again, and may mean another place by now."""
    return await asyncio.open_connection(address, port, flags=socket.AI_NUMERICHOST)


class EgressProxy:
    """One visit's only way out: a loopback port that leads to the visit's origins and nowhere else.

    `stop` is told once, with the reason, when the visit used up its allowance.
    """

    def __init__(
        self,
        origins: Iterable[WebOrigin],
        pins: Pins,
        connect: Connect,
        allowance: EgressAllowance,
        stop: Callable[[str], None],
    ) -> None:
        self._origins = frozenset(origins)
        self._pins = pins
        self._open = connect
        self._allowance = allowance
        self._stop = stop
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._received = self._exchanges = 0
        self._spent = False
        self._reached = False
        self._trouble = ""
        self._refused: dict[str, None] = {}

    @property
    def url(self) -> str:
        """Where the browser finds it."""
        if self._server is None:
            raise RuntimeError("the passage is not open")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def trouble(self) -> str:
        """Why no connection to any origin came about; "" once one did, or where none was tried."""
        return "" if self._reached else self._trouble

    async def open(self) -> None:
        """Listens."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        """Ends every connection, and says what was refused."""
        if self._server is not None:
            self._server.close()
        self._pins.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        if self._refused:
            allowed = sorted(map(str, self._origins))
            log.warning("a page was refused", places=list(self._refused), allowed=allowed)

    async def connect(self, origin: WebOrigin) -> Stream:
        """A connection to an allowed origin's checked address. RefusedError, DialError."""
        if origin not in self._origins:
            self._refuse(str(origin))
        return await self._connect(origin.host, origin.port)

    async def tunnel(self, host: str, port: int) -> Stream:
        """As `dial`, for bytes that are not looked into: TLS, and WebSockets of any scheme."""
        if not any((origin.host, origin.port) == (host, port) for origin in self._origins):
            self._refuse(f"{host}:{port}")
        return await self._connect(host, port)

    def refuse(self, place: str) -> None:
        """Notes an attempt to reach something else."""
        if len(self._refused) < _KEPT:
            self._refused[place[:100]] = None

    def count(self) -> None:
        """One more exchange. RefusedError where there were too many."""
        self._exchanges += 1
        if self._exchanges > self._allowance.exchanges:
            self._spend(f"more than {self._allowance.exchanges} requests")
        if self._spent:
            raise EgressRefusedError

    def receive(self, size: int) -> None:
        """So many bytes came in. RefusedError where it is too much."""
        self._received += size
        if self._received > self._allowance.traffic_bytes:
            self._spend(f"more than {self._allowance.traffic_bytes // 1_000_000} MB")
            raise EgressRefusedError

    def _refuse(self, place: str) -> None:
        self.refuse(place)
        raise EgressRefusedError

    def _spend(self, what: str) -> None:
        if not self._spent:
            self._spent = True
            for task in self._serving - {asyncio.current_task()}:
                task.cancel()
            self._stop(f"budget_exceeded: the page asked for {what}")

    async def _connect(self, host: str, port: int) -> Stream:
        self.count()
        reason = "it has no address"
        try:
            addresses = await self._pins.addresses(host)
        except ForbiddenAddressError as error:
            self._trouble = f"blocked: {error}"
            self._refuse(f"{host}:{port}")
        except (OSError, TimeoutError) as error:
            addresses, reason = (), f"its name was not resolved ({type(error).__name__})"
        for address in addresses:
            try:
                async with asyncio.timeout(self._allowance.connect):
                    made = await self._open(address, port)
            except TimeoutError:
                reason = f"no answer within {self._allowance.connect:g} s"
            except OSError as error:
                reason = os.strerror(error.errno).lower() if error.errno else type(error).__name__
            else:
                self._reached = True
                return made
        self._trouble = f"unreachable: {host}:{port}: {reason}"
        raise ConnectError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._serving) >= self._allowance.connections or self._spent:
            writer.transport.abort()
            return
        self._serving.add(task)
        try:
            with contextlib.suppress(OSError, EgressRefusedError):
                await relay((reader, writer), self)
        except asyncio.CancelledError:
            writer.transport.abort()  # the visit is over; nobody waits for the server's own task
        finally:
            self._serving.discard(task)
            writer.close()


class EgressGuard:
    """What stands in front of every browser: it opens a passage for each visit."""

    def __init__(
        self,
        resolve: Resolve = system_resolver,
        connect: Connect = connect_to,
        allowance: EgressAllowance | None = None,
    ) -> None:
        self._resolve = resolve
        self._connect = connect
        self._allowance = allowance or EgressAllowance()
        self._outside: dict[str, None] = {}

    @contextlib.asynccontextmanager
    async def passage(
        self, origins: Iterable[WebOrigin], stop: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[EgressProxy]:
        """An open passage to these origins; closed at the end."""
        passage = EgressProxy(
            origins, Pins(self._resolve, self._outside), self._connect, self._allowance, stop
        )
        await passage.open()
        try:
            yield passage
        finally:
            await passage.close()
