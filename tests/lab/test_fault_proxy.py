import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from local_ports import free_port

from lab.faults.proxy import FaultProxy
from lab.faults.proxy_client import Links
from lab.faults.proxy_link import ProxyLink
from lab.faults.proxy_toxics import LinkMode, LinkToxics, Toxics

HOST = "127.0.0.1"
SOON_S = 5.0
SLOW = LinkToxics(downstream=Toxics(latency_ms=150))


class Proxied:
    """A link named `a` in front of a server that returns what it receives."""

    def __init__(self, links: Links, port: int) -> None:
        self.links, self.port = links, port
        self._callers: list[Caller] = []

    async def connect(self) -> "Caller":
        self._callers.append(Caller(*await asyncio.open_connection(HOST, self.port)))
        return self._callers[-1]

    async def close(self) -> None:
        for caller in self._callers:
            caller.writer.close()
            with contextlib.suppress(ConnectionError):
                await caller.writer.wait_closed()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def echo(self, data: bytes) -> float:
        """Sends and reads back; returns the seconds that it took."""
        began = time.monotonic()
        self.writer.write(data)
        assert await asyncio.wait_for(self.reader.readexactly(len(data)), SOON_S) == data
        return time.monotonic() - began

    async def silent(self, data: bytes) -> bool:
        """Whether nothing comes back within 0.3 s."""
        self.writer.write(data)
        try:
            await asyncio.wait_for(self.reader.read(1), 0.3)
        except TimeoutError:
            return True
        return False


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def proxied() -> AsyncIterator[Proxied]:
    server = await asyncio.start_server(_echo, HOST, 0)
    callee = server.sockets[0].getsockname()[1]
    port, api = free_port(), free_port()
    proxy = FaultProxy([ProxyLink("a", (HOST, port), (HOST, callee))], (HOST, api))
    await proxy.start()
    async with Links(f"http://{HOST}:{api}") as links:
        setup = Proxied(links, port)
        yield setup
        await setup.close()
    await proxy.stop()
    server.close()


async def test_forwards_large_bodies_and_the_end(proxied: Proxied) -> None:
    """Bytes arrive unchanged in both directions, and a half-closed connection still answers."""
    caller = await proxied.connect()
    body = bytes(range(256)) * 20_000
    caller.writer.write(body)
    caller.writer.write_eof()
    assert await asyncio.wait_for(caller.reader.read(-1), SOON_S) == body
    assert (await proxied.links.status())["a"].forwarded_bytes == 2 * len(body)


async def test_latency_applies_to_open_connections_and_ends(proxied: Proxied) -> None:
    """A connection that is open already gets slow with the toxic, and fast again without it."""
    caller = await proxied.connect()
    assert await caller.echo(b"before") < 0.1
    await proxied.links.set("a", SLOW)
    assert await caller.echo(b"during") >= 0.15
    await proxied.links.clear()
    assert await caller.echo(b"after") < 0.1


async def test_bandwidth_delays_by_size(proxied: Proxied) -> None:
    """64 KiB at 256 KiB/s take a quarter of a second, in order and complete."""
    await proxied.links.set("a", LinkToxics(upstream=Toxics(bandwidth_kib_s=256)))
    caller = await proxied.connect()
    assert await caller.echo(bytes(range(256)) * 256) >= 0.24


async def test_reset_after_bytes(proxied: Proxied) -> None:
    """The connection is reset once more than so many bytes were sent since the toxic was set."""
    caller = await proxied.connect()
    await caller.echo(b"x" * 500)
    await proxied.links.set("a", LinkToxics(upstream=Toxics(reset_after_bytes=100)))
    await caller.echo(b"x" * 90)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await caller.echo(b"x" * 20)
    assert (await proxied.links.status())["a"].resets == 1


async def test_reset_now(proxied: Proxied) -> None:
    """A reset ends the open connections and admits new ones."""
    caller = await proxied.connect()
    await caller.echo(b"x")
    assert await proxied.links.reset("a") == 1
    with pytest.raises(ConnectionResetError):
        await caller.reader.read(1)
    await (await proxied.connect()).echo(b"x")


async def test_half_open_accepts_and_never_answers(proxied: Proxied) -> None:
    """Old and new connections hear nothing; the old one gets its bytes after the repair."""
    old = await proxied.connect()
    await old.echo(b"x")
    await proxied.links.set("a", LinkToxics(mode=LinkMode.HALF_OPEN))
    new = await proxied.connect()
    assert await old.silent(b"held back")
    assert await new.silent(b"lost")
    await proxied.links.clear("a")
    assert await asyncio.wait_for(old.reader.readexactly(9), SOON_S) == b"held back"
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(new.reader.read(1), SOON_S)


@pytest.mark.parametrize("mode", [LinkMode.REFUSE, LinkMode.CUT])
async def test_refuse_and_cut(proxied: Proxied, mode: LinkMode) -> None:
    """Both refuse new connections; only a cut ends the open ones; afterwards the address answers again."""
    old = await proxied.connect()
    await old.echo(b"x")
    await proxied.links.set("a", LinkToxics(mode=mode))
    with pytest.raises(ConnectionRefusedError):
        await proxied.connect()
    if mode is LinkMode.REFUSE:
        await old.echo(b"x")
    else:
        with pytest.raises(ConnectionResetError):
            await old.reader.read(1)
    await proxied.links.clear()
    await (await proxied.connect()).echo(b"x")


async def test_share_draws_per_connection(proxied: Proxied) -> None:
    """With a share of one half some connections are slow, and others are not."""
    await proxied.links.set("a", LinkToxics(downstream=Toxics(latency_ms=150, share=0.5)))
    callers = [await proxied.connect() for _ in range(20)]
    times = await asyncio.gather(*(caller.echo(b"x") for caller in callers))
    slow = sum(seconds >= 0.15 for seconds in times)
    assert 0 < slow < 20


async def test_unreachable_callee_resets() -> None:
    """A caller whose callee refuses sees its connection end at once."""
    link = ProxyLink("b", (HOST, free_port()), (HOST, free_port()))
    await link.listen()
    reader, writer = await asyncio.open_connection(*link.address)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), SOON_S)
    writer.close()
    link.close()


async def test_api_refuses_what_it_does_not_know(proxied: Proxied) -> None:
    """An unknown link is 404."""
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await proxied.links.set("no-such-link", SLOW)


async def test_forwarding_costs_little(proxied: Proxied) -> None:
    """A round trip through the proxy takes less than 2 ms in the median."""
    caller = await proxied.connect()
    times = sorted([await caller.echo(b"x" * 200) for _ in range(300)])
    assert times[150] < 0.002
