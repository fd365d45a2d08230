"""The egress proxy without a browser, with a well-behaved client and a hostile one."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web
from local_egress import local_proxies

from adapters.browser.addresses import ForbiddenAddressError, scope_of
from adapters.browser.egress_proxy import EgressAllowance, EgressProxy, connect_to
from adapters.browser.http_relay import ConnectError, EgressRefusedError
from adapters.browser.origins import WebOrigin, origin_of

NAME = "dash.example"


def origin(url: str) -> WebOrigin:
    parsed = origin_of(url)
    assert parsed is not None
    return parsed


async def send(proxy: EgressProxy, message: bytes, *, end: bool = False) -> bytes:
    """Sends bytes to the proxy and returns its response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    try:
        writer.write(message)
        if end:
            writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@asynccontextmanager
async def browsing(proxy: EgressProxy) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(proxy=proxy.url, trust_env=False, timeout=10) as client:
        yield client


@pytest.mark.parametrize("how", ["GET", "CONNECT"])
@pytest.mark.parametrize(
    "place",
    [
        "{other}", "localhost:{port}", "127.0.0.1.:{port}", "127.1:{port}", "2130706433:{port}",
        "0x7f.1:{port}", "0x7f000001:{port}", "017700000001:{port}", "[::ffff:127.0.0.1]:{port}",
        "[::1]:{port}", "user@127.0.0.1:{port}", "127.0.0.1:{port}@{other}", "127.0.0.1:{port}\\@{other}",
        "127.0.0.1%3a{port}", "\uff11\uff12\uff17.0.0.1:{port}", "127.0.0.1:{port}#@{other}",
        "169.254.169.254:80", "127.0.0.1:0{port}x", "127.0.0.1:", "127.0.0.1", "",
    ],
)  # fmt: skip
async def test_br1_only_the_exact_origin_is_led_to(site: Any, elsewhere: Any, how: str, place: str) -> None:
    """Other origins, and other spellings of the allowed one, are refused without a connection."""
    authority = place.format(port=site.port, other=f"127.0.0.1:{elsewhere.port}").encode()
    line = b"CONNECT %s HTTP/1.1" if how == "CONNECT" else b"GET http://%s/x HTTP/1.1"
    async with local_proxies().proxy({origin(site.url)}) as proxy:
        message = line % authority + b"\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % site.port
        answer = await send(proxy, message)
    if "#" in place and how == "GET":  # the allowed origin, as a browser reads it
        assert answer.startswith(b"HTTP/1.1 200")
        assert site.asked == ["/"]
    else:
        assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")), answer
        assert site.asked == []
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "line",
    [
        "GET /x HTTP/1.1", "GET https://{here}/ HTTP/1.1", "GET ftp://{here}/ HTTP/1.1",
        "GET file:///etc/passwd HTTP/1.1", "GET ws://{here}/ HTTP/1.1", "OPTIONS * HTTP/1.1",
        "GET HTTP://{here}/ HTTP/1.1",
    ],
)  # fmt: skip
async def test_br3_only_http_is_spoken(site: Any, line: str) -> None:
    """Every scheme except HTTP, and a missing scheme, is refused."""
    async with local_proxies().proxy({origin(site.url)}) as proxy:
        here = site.url.removeprefix("http://")
        answer = await send(proxy, f"{line.format(here=here)}\r\nHost: {here}\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")), answer
    assert site.asked == []


class FlippingResolver:
    """Resolves a name to a random public, private, loopback or metadata address at each call."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    async def __call__(self, _: str) -> Sequence[str]:
        return [self.chance.choice(["93.184.216.34", "127.0.0.1", "10.0.0.9", "::1", "169.254.169.254"])]


async def test_br2_a_resolver_that_flips_never_leads_inside(elsewhere: Any) -> None:
    """In 1,000 visits a changing address causes no connection to loopback; a naive check does."""
    chance = random.Random(2)  # noqa: S311  a test's dice
    resolve, connected = FlippingResolver(chance), list[str]()

    async def connect(address: str, port: int) -> Any:
        connected.append(address)
        if address == "93.184.216.34":
            raise ConnectionRefusedError
        return await connect_to(address, port)

    proxies = local_proxies(resolve, connect)
    places = {origin(f"http://{NAME}:{elsewhere.port}")}
    for _ in range(1000):
        async with proxies.proxy(places) as proxy:
            for _ in range(4):
                with pytest.raises((EgressRefusedError, ConnectError)):
                    await proxy.tunnel(NAME, elsewhere.port)
    assert set(connected) <= {"93.184.216.34", "10.0.0.9"}
    assert "93.184.216.34" in connected
    assert elsewhere.connections == 0
    for _ in range(50):
        try:
            scope_of((await resolve(NAME))[0])
        except ForbiddenAddressError:
            continue
        if (await resolve(NAME))[0] == "127.0.0.1":
            _, writer = await connect_to("127.0.0.1", elsewhere.port)
            writer.close()
    await asyncio.sleep(0)
    assert elsewhere.connections > 0, "the control did not connect, so the test proves nothing"


async def test_br1_a_name_that_means_a_metadata_service_is_refused_with_its_reason(site: Any) -> None:
    """A name of a metadata service is refused without a connection, and the visit gets the reason."""

    async def resolve(_: str) -> Sequence[str]:
        return ["169.254.169.254"]

    async with local_proxies(resolve).proxy({origin(f"http://{NAME}:{site.port}")}) as proxy:
        answer = await send(
            proxy, b"GET http://%s:%d/ HTTP/1.1\r\nHost: x\r\n\r\n" % (NAME.encode(), site.port)
        )
        assert answer.startswith(b"HTTP/1.1 403")
        assert proxy.problem == "blocked: 169.254.169.254 belongs to a metadata service"


async def test_what_pages_do_comes_through(site: Any) -> None:
    """Bodies, chunks, empty responses, HEAD, aborted responses and reused connections are relayed."""
    content = random.Random(1).randbytes(900_000)  # noqa: S311  any bytes

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read(), headers={"X-Host": request.host, "Alt-Svc": "h3=x"})

    async def chunks(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        for start in range(0, len(content), 100_000):
            await answer.write(content[start : start + 100_000])
        return answer

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async def login(_: web.Request) -> web.Response:
        return web.Response(status=407, headers={"Proxy-Authenticate": "Basic realm=x"})

    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return answer

    routes = {"/echo": echo, "/chunks": chunks, "/nothing": nothing, "/login": login, "/broken": broken}
    site.routes |= routes
    async with local_proxies().proxy({origin(site.url)}) as proxy, browsing(proxy) as client:
        for _ in range(3):
            answer = await client.post(f"{site.url}/echo?a=b", content=content)
            assert answer.content == content
            assert answer.headers["X-Host"] == f"127.0.0.1:{site.port}"
            assert "Alt-Svc" not in answer.headers
            assert (await client.get(f"{site.url}/chunks")).content == content
            assert (await client.get(f"{site.url}/nothing")).status_code == 204
            assert (await client.head(f"{site.url}/echo")).content == b""
            assert (await client.get(f"{site.url}/login")).status_code == 502
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"{site.url}/broken")
        assert proxy.problem == ""
    assert site.asked[0] == "/echo?a=b"


async def test_a_silent_stream_ends_with_its_client(site: Any) -> None:
    """Event streams are relayed at once, and the proxy's connection ends with its client."""
    left = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b"data: 1\n\n")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return answer

    site.routes["/events"] = events
    async with local_proxies().proxy({origin(site.url)}) as proxy, browsing(proxy) as client:
        async with client.stream("GET", f"{site.url}/events") as answer:
            assert await anext(answer.aiter_bytes()) == b"data: 1\n\n"
        async with asyncio.timeout(10):
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            while proxy._serving:  # noqa: ASYNC110  there is no event for it
                await asyncio.sleep(0.01)


async def test_a_tunnel_carries_bytes_and_nothing_else(site: Any) -> None:
    """CONNECT to the origin's port relays bytes without reading them."""
    message = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % site.port
    inside = b"GET /inside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with local_proxies().proxy({origin(site.url)}) as proxy:
        answer = await send(proxy, message + inside)
    assert answer.startswith(b"HTTP/1.1 200 \r\n")
    assert b"HTTP/1.1 404 Not Found" in answer
    assert site.asked == ["/inside"]


async def test_a_refused_connection_is_unreachable(unused_port: int) -> None:
    """A refused connection gets 502 with the reason."""
    async with local_proxies().proxy({origin(f"http://127.0.0.1:{unused_port}")}) as proxy:
        answer = await send(proxy, b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\n\r\n" % unused_port)
        assert answer.startswith(b"HTTP/1.1 502")
        assert proxy.problem.startswith(f"unreachable: 127.0.0.1:{unused_port}: ")
        assert "refused" in proxy.problem


async def test_br6_bytes_and_requests_have_a_limit(site: Any) -> None:
    """More bytes or requests than allowed end the visit once, with a reason."""

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=bytes(300_000))

    site.routes["/large"] = large
    for allowance, reason in (
        (EgressAllowance(traffic_bytes=1_000_000), "budget_exceeded: the page asked for more than 1 MB"),
        (EgressAllowance(exchanges=5), "budget_exceeded: the page asked for more than 5 requests"),
    ):
        reasons: list[str] = []
        proxies = local_proxies(allowance=allowance)
        async with proxies.proxy({origin(site.url)}, reasons.append) as proxy, browsing(proxy) as client:
            for _ in range(10):
                with contextlib.suppress(httpx.HTTPError):
                    await client.get(f"{site.url}/large")
        assert reasons == [reason]


async def test_noise_leads_nowhere(site: Any, elsewhere: Any) -> None:
    """After 2,000 malformed requests only the origin was connected, and the proxy still works."""
    connected: set[tuple[str, int]] = set()

    async def connect(address: str, port: int) -> Any:
        connected.add((address, port))
        return await connect_to(address, port)

    here, there = f"127.0.0.1:{site.port}", f"127.0.0.1:{elsewhere.port}"
    head = f"HTTP/1.1\r\nHost: {here}\r\n"
    smuggled = f"GET http://{there}/smuggled HTTP/1.1\r\nHost: {there}\r\n\r\n"
    framed = "Content-Length: 5\r\nTransfer-Encoding: chunked"
    seeds = [
        f"GET http://{here}/ HTTP/1.1\r\nHost: {there}\r\n\r\n",
        f"CONNECT {here} {head}\r\n{smuggled}",
        f"POST http://{here}/ {head}{framed}\r\n\r\n0\r\n\r\n{smuggled}",
        f"GET http://{here}/ {head}\r\n{smuggled}",
    ]
    bits = [b"\r\n", b"\0", b" ", b"@", b"\\", b"//", there.encode(), b"http://", b"\xff", b"CONNECT ", b":"]
    chance = random.Random(3)  # noqa: S311  a test's dice
    proxies = local_proxies(connect=connect, allowance=EgressAllowance(exchanges=100_000, connections=100))
    async with proxies.proxy({origin(site.url)}) as proxy:

        async def once() -> None:
            message = bytearray(chance.choice(seeds).encode())
            for _ in range(chance.randint(0, 4)):
                at = chance.randrange(len(message))
                message[at : at + chance.randint(0, 3)] = chance.choice(bits)
            await send(proxy, bytes(message), end=True)

        for _ in range(100):
            await asyncio.gather(*(once() for _ in range(20)))
        assert connected == {("127.0.0.1", site.port)}
        assert elsewhere.connections == 0
        async with browsing(proxy) as client:
            assert (await client.get(f"{site.url}/")).status_code == 200
