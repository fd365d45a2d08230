"""Visits of a page whose panels all load."""

import asyncio
import base64
import io
import math
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from adapters.browser.browser_pool import BrowserPool
from adapters.dashboards.page.navigation import address_of, target_origin
from adapters.dashboards.page.observer import DashboardObserver
from missions.errors import BrowserError, PlanError
from missions.evidence import Origin, PanelState
from missions.plan import Visit

VisitOf = Callable[..., Visit]
LATENCY = "/api/v1/query_range?query=latency_p95_seconds%7Bservice%3D%22checkout%22%7D&step=1"
VALUES: list[list[Any]] = [
    [1772366400, "0.125"],
    [1772366401.5, "NaN"],
    [1772366402, "+Inf"],
    [1772366403, None],
]

PIXEL = """async ([jpeg, x, y]) => {
  const bytes = Uint8Array.from(atob(jpeg), sign => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: 'image/jpeg'}));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return [image.width, image.height, ...pen.getImageData(x, y, 1, 1).data.slice(0, 3)];
}"""


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def matrix(values: list[list[Any]], **labels: str) -> dict[str, Any]:
    return {
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": labels, "values": values}]},
    }


async def pixel(pool: BrowserPool, jpeg: bytes, x: int, y: int) -> list[int]:
    """Width, height, red, green and blue of one pixel, decoded by Chromium."""
    async with pool.context(frozenset()) as tab:
        pixel: list[int] = await tab.page.evaluate(PIXEL, [base64.b64encode(jpeg).decode(), x, y])
        return pixel


async def test_a_visit_brings_exactly_what_was_served(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """The evidence equals the page's responses, each panel is ready, and the picture is a JPEG."""
    labels = {"__name__": "latency_p95_seconds", "service": "checkout"}
    site.json("/api/v1/query_range", matrix(VALUES, **labels))
    line = ["1772366400000000001", '{"service":"web","level":"error","message":"timeout"}']
    stream = {"stream": {"service": "web"}, "values": [line]}
    site.json("/loki/api/v1/query_range", {"data": {"resultType": "streams", "result": [stream]}})
    site.json(
        "/api/annotations", [{"id": 1, "time": 1772366400000, "text": "v2", "tags": ["deployment", "web"]}]
    )
    site.json("/api/topology", {"services": [], "dependencies": [{"from": "web", "to": "checkout"}]})
    site.panel("checkout-latency", LATENCY)
    site.panel("logs", "/loki/api/v1/query_range?query=%7B%7D")
    site.panel("deployments", "/api/annotations?from=1&to=2")
    site.panel("topology", "/api/topology")
    site.panel("other", LATENCY)
    steps: list[str] = []

    path = "/?from={from}&to={to}"
    names = ("checkout-latency", "logs", "deployments", "topology")
    result = await observer.visit(visit_of(site, *names, path=path), steps.append)

    assert result.sighting.state is PanelState.READY, result.sighting
    assert [(panel.id, panel.state, panel.samples, panel.origin) for panel in result.sighting.panels] == [
        (name, PanelState.READY, 2 if name == "checkout-latency" else 1, Origin.PAGE_RESPONSE)
        for name in names
    ]
    assert result.sighting.url == f"{site.url}/?from=1772366400000&to=1772366700000"
    assert site.asked[0] == "/?from=1772366400000&to=1772366700000"
    assert (result.sighting.screenshot, result.sighting.numbers, result.sighting.reason) == (None, None, "")
    evidence = result.evidence
    assert evidence is not None
    (series,) = evidence.series
    assert series.id == "checkout-latency#checkout"
    served = [(1772366400.0, 0.125), (1772366401.5, math.nan), (1772366402.0, math.inf), (1772366403.0, None)]
    assert str(list(series.points)) == str(served)
    assert series.query == 'latency_p95_seconds{service="checkout"}'
    assert [entry.message for entry in evidence.logs] == ["timeout"]
    assert [change.id for change in evidence.changes] == ["change-1"]
    assert [(edge.caller, edge.callee) for edge in evidence.dependencies] == [("web", "checkout")]
    assert result.picture is not None
    assert result.picture[:3] == b"\xff\xd8\xff"
    assert steps[-1] == "4 panels ready"
    stored = evidence.model_dump_json(by_alias=True)
    assert type(evidence).model_validate_json(stored).model_dump_json(by_alias=True) == stored


async def test_the_picture_waits_for_a_slow_panel(
    site: Any, observer: DashboardObserver, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """The picture of a slow panel is taken after the panel was drawn."""

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(1.5)  # only the served page is slow
        return web.json_response(matrix(VALUES, service="checkout"))

    site.routes["/api/v1/query_range"] = slow
    site.panel("slow", LATENCY)
    result = await observer.visit(visit_of(site, "slow"), ignore)
    assert result.sighting.state is PanelState.READY
    assert result.sighting.duration_ms >= 1500
    assert result.picture is not None
    width, height, red, green, blue = await pixel(pool, result.picture, 640, 70)
    assert (width, height) == (1280, 156)
    assert (red < 20, green > 180, blue < 20) == (True, True, True), (
        "the picture does not have the ready colour"
    )


async def test_lazy_panels_are_scrolled_to(
    site: Any, observer: DashboardObserver, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """A lazy panel is scrolled into view and is in the picture, which is 4000 px high at most."""
    site.json("/api/v1/query_range", matrix(VALUES, service="x"))
    site.panel("tall", LATENCY, height=3000)
    site.panel("lazy", LATENCY, lazy=True)
    site.panel("lower", LATENCY, lazy=True, height=3000)
    result = await observer.visit(visit_of(site, "tall", "lazy"), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting.reason
    assert result.picture is not None
    assert (await pixel(pool, result.picture, 1, 1))[:2] == [1280, 3156]
    result = await observer.visit(visit_of(site, "tall", "lower"), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting.reason
    assert result.picture is not None
    assert (await pixel(pool, result.picture, 1, 1))[:2] == [1280, 4000]


async def test_panels_mounted_late_by_scrolling_are_found(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A panel that is created by scrolling is found."""
    site.json("/api/topology", {"dependencies": [{"from": "a", "to": "b"}]})
    site.extra = """<div style="height:2500px"></div><script>
      addEventListener('scroll', () => {
        if (scrollY < 1500 || document.querySelector('[data-panel-id]')) return;
        const section = document.createElement('section');
        Object.assign(section.dataset, {panelId: 'late', state: 'loading'});
        document.body.append(section);
        fetch('/api/topology', {headers: {'X-Panel-Id': 'late'}}).then(() => section.dataset.state = 'ready');
      });</script>"""
    result = await observer.visit(visit_of(site, "late"), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting.reason


async def test_the_response_to_the_latest_request_wins(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A refresh replaces a response; a late response to an older request does not."""
    second = asyncio.Event()

    async def numbered(request: web.Request) -> web.Response:
        first = request.query["n"] == "1"
        if first:
            await second.wait()
        else:
            second.set()
        return web.json_response(matrix([[1, request.query["n"]]], service="x"))

    site.routes["/api/v1/query_range"] = numbered
    site.extra = """<section data-panel-id=p data-state=loading></section><script>
      const ask = n => fetch(`/api/v1/query_range?query=m&n=${n}`, {headers: {'X-Panel-Id': 'p'}});
      Promise.all([ask(1), ask(2)]).then(() => document.querySelector('section').dataset.state = 'ready');
      </script>"""
    result = await observer.visit(visit_of(site, "p"), ignore)
    assert result.evidence is not None
    assert [line.points for line in result.evidence.series] == [((1.0, 2.0),)]


async def test_settings_say_how_a_page_is_marked(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """The connector sets selectors, attributes, signs and header; without panel names all panels count."""
    site.json("/api/topology", {"dependencies": [{"from": "a", "to": "b"}]})
    site.extra = """<div class=card id=one title=One data-phase=busy></div><script>
      fetch('/api/topology', {headers: {'X-Card': 'one'}}).then(
        () => document.querySelector('.card').dataset.phase = 'done');</script>"""
    settings = {
        "panelSelector": ".card", "panelIdAttribute": "id", "titleAttribute": "title",
        "readySelector": ":scope[data-phase=done]", "loadingSelector": ":scope[data-phase=busy]",
        "panelHeader": "X-Card",
    }  # fmt: skip
    result = await observer.visit(visit_of(site, **settings), ignore)
    assert [(panel.id, panel.title, panel.state) for panel in result.sighting.panels] == [
        ("one", "One", PanelState.READY)
    ]


async def test_pages_under_a_strict_policy_are_read(
    site: Any, observer: DashboardObserver, visit_of: VisitOf
) -> None:
    """A Content-Security-Policy without eval does not stop the ready wait."""

    async def strict(_: web.Request) -> web.Response:
        page = "<section data-panel-id=p data-state=loading></section><script src=/p.js></script>"
        return web.Response(
            text=page, content_type="text/html", headers={"Content-Security-Policy": "default-src 'self'"}
        )

    async def script(_: web.Request) -> web.Response:
        text = """fetch('/api/topology', {headers: {'X-Panel-Id': 'p'}})
            .then(() => document.querySelector('section').dataset.state = 'ready')"""
        return web.Response(text=text, content_type="text/javascript")

    site.routes |= {"/strict": strict, "/p.js": script}
    site.json("/api/topology", {"dependencies": [{"from": "a", "to": "b"}]})
    result = await observer.visit(visit_of(site, "p", path="/strict"), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting.reason


async def test_what_cannot_be_visited_is_a_typed_failure(
    site: Any, observer: DashboardObserver, elsewhere: Any, visit_of: VisitOf
) -> None:
    """A missing page, a refused connection, and an unknown type, whose error names the known ones."""
    with pytest.raises(BrowserError, match=r"missing: there is nothing at /nothing \(HTTP 404\)"):
        await observer.visit(visit_of(site, path="/nothing"), ignore)
    with pytest.raises(BrowserError, match=r"unreachable: the server closed the connection"):
        await observer.visit(visit_of(elsewhere), ignore)
    visit = visit_of(site)
    other = visit.model_copy(update={"target": visit.target.model_copy(update={"type": "no-such"})})
    with pytest.raises(PlanError, match=r"'no-such'; there are: .*web"):
        await observer.visit(other, ignore)


def test_a_path_cannot_leave_the_connector(site: Any, visit_of: VisitOf) -> None:
    """No path leads outside the base URL's origin and scheme."""
    for path in ("//evil.example/", "@evil.example/", "http://evil.example/", "\\\\evil.example", "../../x"):
        visit = visit_of(site, path=path)
        url = address_of(visit)
        assert url.startswith(site.url + "/"), url
        assert str(target_origin(visit.target)) == site.url
    visit = visit_of(site)
    for base in ("file:///etc", "http://user:pass@h", "ws://h"):
        target = visit.target.model_copy(update={"base_url": base})
        with pytest.raises(PlanError):
            address_of(visit.model_copy(update={"target": target}))


async def test_each_panel_has_its_own_picture_and_video_is_optional(
    site: Any, observer: DashboardObserver, pool: BrowserPool, visit_of: VisitOf
) -> None:
    """Each panel's picture is cut from the page's, as large as its box; a video is made if requested."""
    site.json("/api/v1/query_range", matrix(VALUES, service="checkout"))
    site.panel("latency", LATENCY)
    site.panel("low", LATENCY, height=200)
    visit = visit_of(site, "latency", "low", "missing")
    result = await observer.visit(visit, ignore)
    boxes = {panel.id: panel.box for panel in result.sighting.panels}
    assert set(result.panels) == {"latency", "low"}
    for name, picture in result.panels.items():
        box = boxes[name]
        assert box is not None
        width, height, *colour = await pixel(pool, picture, 700, 100)
        assert (width, height) == (box.width, box.height)
        assert colour == pytest.approx([0, 200, 0], abs=6)
    assert result.video is None
    filmed = visit.model_copy(update={"target": visit.target.model_copy(update={"video": True})})
    result = await observer.visit(filmed, ignore)
    assert result.video is not None
    with Image.open(io.BytesIO(result.video)) as film:
        assert (film.format, film.width > 400) == ("WEBP", True)
