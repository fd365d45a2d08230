import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from bench._hostile_pages import HostilePage

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ANSWER = {
    "status": "success",
    "data": {"resultType": "matrix", "result": [{"metric": {"service": "x"}, "values": [[1772366400, "1"]]}]},
}
_LOGIN = "<form><input name=user><input type=password name=password><button>Sign in</button></form>"
_CHUNK = bytes(1_000_000)


class ForbiddenServer(asyncio.DatagramProtocol):
    """A server that no page may reach, over TCP and UDP on one port; `hits` counts connections."""

    def __init__(self) -> None:
        self.hits = 0
        self.port = 0

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Counts a packet."""
        del data, addr
        self.hits += 1

    async def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hits += 1
        writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listens until the context ends."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", self.port))
        try:
            yield
        finally:
            transport.close()
            server.close()


@asynccontextmanager
async def hostile_site(trials: tuple[HostilePage, ...], forbidden: ForbiddenServer) -> AsyncIterator[int]:
    """Serves every trial's page at `/<name>`, and the resources of the pages: the port."""
    app = web.Application()
    forbidden_url = f"http://127.0.0.1:{forbidden.port}"

    def page(trial: HostilePage) -> Handler:
        text = trial.html.replace("ELSEWHERE", forbidden_url).replace("PORT", str(forbidden.port))
        text = text.replace("SOCKET", forbidden_url.replace("http", "ws"))

        async def handler(_: web.Request) -> web.Response:
            return web.Response(text=text, content_type="text/html")

        return handler

    for trial in trials:
        if not trial.path:
            app.router.add_get(f"/{trial.name}", page(trial))
    for path, handler in _HANDLERS.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _answer(_: web.Request) -> web.Response:
    return web.json_response(_ANSWER)


async def _broken(_: web.Request) -> web.Response:
    return web.Response(status=500, text="no")


async def _large_answer(_: web.Request) -> web.Response:
    body = gzip.compress(json.dumps({"filling": "x" * 50_000_000}).encode(), 1)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return web.Response(body=body, headers=headers)


async def _large(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/html"})
    await answer.prepare(request)
    with suppress(ConnectionError):
        for _ in range(100):
            await answer.write(_CHUNK)
    return answer


async def _drip(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/html"})
    await answer.prepare(request)
    with suppress(ConnectionError):
        while True:
            await answer.write(b"<p>")
            await asyncio.sleep(0.2)  # the page is slow
    return answer


async def _silent(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _basic(_: web.Request) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": "Basic realm=x"})


async def _file(_: web.Request) -> web.Response:
    return web.Response(body=b"x", headers={"Content-Disposition": "attachment; filename=evil.sh"})


async def _metadata(_: web.Request) -> web.Response:
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")


async def _redirects(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.path)


async def _login(_: web.Request) -> web.Response:
    return web.Response(text=_LOGIN, content_type="text/html")


async def _worker(_: web.Request) -> web.Response:
    return web.Response(text="onfetch = () => 0", content_type="text/javascript")


_HANDLERS: dict[str, Handler] = {
    "/api/v1/query_range": _answer,
    "/broken/api/v1/query_range": _broken,
    "/large/api/v1/query_range": _large_answer,
    "/large": _large,
    "/drip": _drip,
    "/silent": _silent,
    "/basic": _basic,
    "/file": _file,
    "/metadata": _metadata,
    "/redirects": _redirects,
    "/login": _login,
    "/worker.js": _worker,
}
