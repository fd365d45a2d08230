"""A small dashboard with the demo shop's contract, a forbidden origin, and a headless Chromium."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from local_egress import local_proxies

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.plan import Phase, Target, Visit, Window

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
END = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)

PAGE = """<!doctype html><html><head><style>
body { margin: 0 } .panel { height: 140px; background: rgb(200, 0, 0) }
.panel[data-state=ready] { background: rgb(0, 200, 0) }
</style></head><body>%(extra)s<script>
const ask = async (panel, element) => {
  try {
    for (const url of panel.urls) {
      const answer = await fetch(url, {headers: {"X-Panel-Id": panel.id, "X-Panel-Title": panel.title}});
      if (!answer.ok) throw new Error(`could not load: ${answer.status}`);
      await answer.text();
    }
    element.dataset.state = panel.empty ? "empty" : "ready";
  } catch (error) { element.append(error.message); element.dataset.state = "error"; }
};
for (const panel of %(panels)s) {
  const element = document.createElement("section");
  element.className = "panel";
  Object.assign(element.dataset, {panelId: panel.id, panelTitle: panel.title, state: "loading"});
  if (panel.height) element.style.height = panel.height + "px";
  document.body.append(element);
  if (panel.lazy) new IntersectionObserver((seen, watcher) => {
    if (seen[0].isIntersecting) { watcher.disconnect(); ask(panel, element); }
  }).observe(element); else ask(panel, element);
}
</script></body></html>"""


@dataclass
class Site:
    """A loopback server: panels on `/`, a test's own `routes`, and the requested paths."""

    port: int = 0
    panels: list[dict[str, Any]] = field(default_factory=list)
    extra: str = ""
    routes: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def panel(self, id_: str, *urls: str, **more: Any) -> None:
        self.panels.append({"id": id_, "title": f"{id_} title", "urls": urls, **more})

    def json(self, path: str, body: Any, status: int = 200) -> None:
        text = body if isinstance(body, str) else json.dumps(body)

        async def handler(_: web.Request) -> web.Response:
            return web.Response(text=text, status=status, content_type="application/json")

        self.routes[path] = handler

    def html(self, path: str, text: str) -> None:
        async def handler(_: web.Request) -> web.Response:
            return web.Response(text=text, content_type="text/html")

        self.routes[path] = handler

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if request.path in self.routes:
            return await self.routes[request.path](request)
        if request.path != "/":
            raise web.HTTPNotFound
        text = PAGE % {"extra": self.extra, "panels": json.dumps(self.panels)}
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def serving() -> AsyncIterator[Site]:
    served = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as served:
        yield served


@pytest.fixture
async def second_site() -> AsyncIterator[Site]:
    """Another origin with a server."""
    async with serving() as served:
        yield served


@pytest.fixture
async def elsewhere() -> AsyncIterator[Site]:
    """Another origin; `connections` counts all connections to it."""
    served = Site()

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield served
    server.close()
    await server.wait_closed()


@pytest.fixture
def unused_port() -> int:
    """A port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
async def pool(chromium: Path) -> AsyncIterator[BrowserPool]:
    made = BrowserPool(chromium, sandbox=False, slots=2, env={}, proxies=local_proxies())
    yield made
    await made.close()


@pytest.fixture
def observer(pool: BrowserPool) -> DashboardObserver:
    return DashboardObserver(pool, dashboard_for, Budget(ready=4.0, body=2.0))


@pytest.fixture
def hurried(pool: BrowserPool) -> DashboardObserver:
    """An observer with short timeouts."""
    return DashboardObserver(pool, dashboard_for, Budget(ready=0.6, body=0.4, answer_bytes=20_000))


def visit_of(site: Site, *panels: str, path: str = "/", **settings: str) -> Visit:
    target = Target(
        id="shop/overview",
        connector="shop",
        type="web",
        base_url=site.url,
        path=path,
        title="Shop",
        panels=panels,
        settings=settings,
    )
    window = Window(start=START, end=END)
    return Visit(org="acme", mission_id="m1", target=target, window=window, phase=Phase.BEFORE)


@pytest.fixture(name="visit_of")
def _visit_of() -> Callable[..., Visit]:
    return visit_of
