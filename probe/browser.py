"""The browser: the product's own servers, and patterns that would stop its worker."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil
from aiohttp import web

from probe.samples import start_mission
from probe.visitors import Visitor
from probe.world import ProbeWorld

AT_ONCE = 3
SPELLINGS = (
    "127.0.0.1",
    "localhost",
    "localhost.",
    "127.1",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104  an address to visit, nothing listens there
    "2130706433",
    "0x7f000001",
    "[::1]",
    "[::ffff:127.0.0.1]",
)
SPELT = ("api", "temporal-ui")
"""The servers that are tried in each spelling; the others in the plain one."""

REFUSAL = "egress refused"
TESTED_S = 25.0
VISITED_S = 120.0
LETTERS = 27
"""A backtracking engine needs about a minute for `(a+)+$` and so many letters."""

PAGE = """<!doctype html><title>B</title>
<section data-panel-id=p data-panel-title="{title}" data-state=loading>Panel</section><script>
fetch('/api/v1/query_range?query=q', {{headers: {{'X-Panel-Id': 'p'}}}}).then(
  () => document.querySelector('section').dataset.state = 'ready');</script>"""


async def check_own_servers(world: ProbeWorld) -> None:
    """BR10: no dashboard leads a browser to a server of the product itself, however it is spelt."""
    targets = [(name, "127.0.0.1", port) for name, port in world.stack.ports().items()]
    for name in SPELT:
        port = world.stack.ports()[name]
        targets += [(name, spelling, port) for spelling in (*SPELLINGS[1:], *own_addresses())]
    free = asyncio.Semaphore(AT_ONCE)

    async def tried(number: int, host: str, port: int) -> str:
        async with free:
            return await _visit(world, f"own-{number}", f"http://{host}:{port}")

    results = await asyncio.gather(
        *(tried(number, host, port) for number, (_, host, port) in enumerate(targets))
    )
    reached = [
        f"{name} {host}:{port}: {result}"
        for (name, host, port), result in zip(targets, results, strict=True)
        if not result.startswith("refused")
    ]
    world.checks.record(
        "BR10",
        f"{len(targets)} addresses of the product's own servers are refused",
        expected="each refused, by the API or by the egress proxy",
        seen=f"{len(reached)} were not: {reached[:4]}" if reached else "each refused",
        ok=not reached and len(targets) > len(SPELLINGS),
    )


def own_addresses() -> list[str]:
    """The machine's other addresses; loopback reaches the servers as they do, or nothing does."""
    return [
        address.address
        for interfaces in psutil.net_if_addrs().values()
        for address in interfaces
        if address.family.name == "AF_INET" and not address.address.startswith("127.")
    ]


async def _visit(world: ProbeWorld, name: str, url: str) -> str:
    """What became of a dashboard with this address: `refused …`, or what its test saw."""
    admin, before = world.b.admin, len(world.stack.log("browser"))
    made = await admin.request("POST", "/api/dashboards", json={"name": name, "type": "web", "baseUrl": url})
    if made.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return "refused by the API"
    path = f"/api/dashboards/{made.json()['id']}"
    tested = await admin.request("POST", f"{path}/test")
    health: dict[str, Any] = tested.json()
    await admin.request("DELETE", path)
    port = url.rpartition(":")[2]
    lines = world.stack.log("browser")[before:].splitlines()
    logged = any(REFUSAL in line and port in line for line in lines)
    is_up = health.get("status") in ("healthy", "degraded")
    if logged and not is_up:
        return "refused by the egress proxy"
    return f"{health.get('status', tested.status_code)}: {str(health.get('detail'))[:80]}"


async def check_pattern(world: ProbeWorld) -> None:
    """BR12: a mask with a hostile pattern is refused or harmless: A's dashboards are tested meanwhile."""
    admin = world.b.admin
    for dashboard in (await admin.get("/api/dashboards"))["dashboards"]:
        await admin.send("DELETE", f"/api/dashboards/{dashboard['id']}")
    async with hostile_page() as (url, visited):
        body = {
            "name": "pattern",
            "type": "web",
            "baseUrl": url,
            "config": {
                "masks": {"patterns": ["(a+)+$"]},
                "pages": [{"id": "p", "title": "P", "path": "/", "panels": ["p"]}],
            },
        }
        made = await admin.request("POST", "/api/dashboards", json=body)
        if made.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            _record_pattern(world, f"422 {made.text[:120]}", ok=True)
            return
        mission = await start_mission(world.b.people["operator"], "What does this page show? Look at it.")
        await asyncio.wait_for(visited.wait(), VISITED_S)
        slowest, trouble = await _tested_meanwhile(world, world.founder)
        await world.b.people["operator"].request("POST", f"/api/missions/{mission}/cancel")
        await admin.request("DELETE", f"/api/dashboards/{made.json()['id']}")
        seen = f"A's tests took up to {slowest:.1f} s meanwhile {trouble}"
        _record_pattern(world, seen, ok=slowest < TESTED_S and not trouble)


async def _tested_meanwhile(world: ProbeWorld, admin: Visitor) -> tuple[float, str]:
    """The slowest of several tests of A's dashboard in seconds, and why one failed."""
    dashboards = (await admin.get("/api/dashboards"))["dashboards"]
    shop = next(
        each for each in dashboards if each["baseUrl"].rstrip("/") == world.stack.shop.url.rstrip("/")
    )
    slowest, end = 0.0, time.monotonic() + TESTED_S
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            async with asyncio.timeout(2 * TESTED_S):
                answer = await admin.request(
                    "POST", f"/api/dashboards/{shop['id']}/test", timeout=3 * TESTED_S
                )
        except TimeoutError:
            return slowest, f"and one was not answered within {2 * TESTED_S:.0f} s"
        slowest = max(slowest, time.monotonic() - began)
        if answer.is_error or answer.json()["status"] == "down":
            return slowest, f"and one failed: {answer.status_code} {answer.text[:150]}"
    return slowest, ""


def _record_pattern(world: ProbeWorld, seen: str, *, ok: bool) -> None:
    world.checks.record(
        "BR12",
        "a mask pattern that backtracks is refused, or stops no other organization's browser",
        expected=f"422, or each test of A within {TESTED_S:.0f} s",
        seen=seen,
        ok=ok,
    )


@asynccontextmanager
async def hostile_page() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A page of B whose panel's title is slow to match, and an event that is set once it was visited."""
    visited = asyncio.Event()
    title = "a" * LETTERS + "!"

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE.format(title=title), content_type="text/html")

    async def numbers(_: web.Request) -> web.Response:
        visited.set()
        series = [{"metric": {"service": title}, "values": [[int(time.time()), "2"]]}]
        return web.json_response({"status": "success", "data": {"resultType": "matrix", "result": series}})

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/api/v1/query_range", numbers)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", visited
    finally:
        await runner.cleanup()
