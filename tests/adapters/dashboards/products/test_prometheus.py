"""A running Prometheus: the decoded numbers equal the stored ones exactly."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.prometheus.dashboard import queries_of
from adapters.dashboards.products.prometheus.interfaces import (
    CLASSIC,
    INTERFACES,
    MANTINE,
    REACT,
    interface_at,
)
from missions.errors import BrowserError
from missions.evidence import Evidence, Origin, PanelState
from missions.measurement import SeriesMapping
from missions.panel_mapping import PanelMapping
from missions.plan import PanelQuery, Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = Window(start=BEGIN, end=BEGIN + timedelta(minutes=1))
LATENCY = PanelQuery(panel="latency", query="latency_p95_seconds")
WORST = PanelQuery(panel="worst", query="max(latency_p95_seconds)")
STATED = PanelMapping(panel="worst", measures=SeriesMapping(metric="latency_p95", service="all"))


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


def same(left: list[tuple[float, float]], right: list[tuple[float, float]]) -> bool:
    """Whether all values are equal to the bit, including NaN."""
    bits = [[(moment, value.hex()) for moment, value in points] for points in (left, right)]
    return bits[0] == bits[1]


async def test_numbers_equal_the_truth_value_by_value(
    prometheus: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """NaN, infinities, minus zero, tiny numbers and gaps are exact, also after a round trip through JSON."""
    result = await observer.visit(
        visit_page(
            "prometheus",
            prometheus.url,
            MINUTE,
            queries=(LATENCY, WORST),
            mappings=(STATED,),
            stepSeconds="5",
        ),
        ignore,
    )
    assert result.sighting.state is PanelState.READY, result.sighting
    assert [(panel.id, panel.state, panel.origin) for panel in result.sighting.panels] == [
        ("latency", PanelState.READY, Origin.PAGE_RESPONSE),
        ("worst", PanelState.READY, Origin.PAGE_RESPONSE),
    ]
    assert result.sighting.url.startswith(prometheus.url + "/classic/graph?")
    assert "g0.expr=latency_p95_seconds" in result.sighting.url, "the link does not have the expression"
    assert result.picture is not None
    assert result.evidence is not None
    stored = Evidence.model_validate_json(result.evidence.model_dump_json(by_alias=True))
    lines = {line.id: line for line in stored.series}
    for service, truth in prometheus.truth.items():
        line = lines[f"latency#{service}"]
        assert (line.metric, line.unit, line.query) == (
            "latency_p95_seconds",
            "",
            "latency_p95_seconds",
        )
        points = [(moment, value) for moment, value in line.points if value is not None]
        assert same(points, truth), (points, truth)
        assert len(points) == len(line.points), "the line has points that were not served"
    worst = lines["worst#all"]
    assert (worst.name, worst.metric, worst.service, worst.query) == (
        "latency_p95",
        "latency_p95_seconds",
        "all",
        "max(latency_p95_seconds)",
    )
    assert dict(worst.points)[BEGIN.timestamp() + 10] == math.inf


async def test_a_window_that_ends_now_has_no_end_in_the_address(
    prometheus: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A window that ends now includes the newest minute, and equals the same query by API."""
    now = datetime.now(UTC)
    query = PanelQuery(panel="clock", query="time()")
    window = Window(start=now - timedelta(minutes=2), end=now)
    result = await observer.visit(visit_page("prometheus", prometheus.url, window, queries=(query,)), ignore)
    assert result.evidence is not None, result.sighting
    (line,) = result.evidence.series
    newest, value = line.points[-1]
    assert newest >= now.timestamp() - 2
    assert value is not None
    assert math.isclose(value, newest, abs_tol=0.001)
    begin = line.points[0][0]
    async with httpx.AsyncClient() as client:
        asked: dict[str, str | float] = {
            "query": "time()",
            "start": begin,
            "end": newest,
            "step": line.points[1][0] - begin,
        }
        answer = (await client.get(f"{prometheus.url}/api/v1/query_range", params=asked)).json()
    served = [(moment, float(text)) for moment, text in answer["data"]["result"][0]["values"]]
    assert [(moment, number) for moment, number in line.points if number is not None] == served


async def test_a_wrong_expression_beside_a_right_one(
    prometheus: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A wrong expression has its reason, an empty one is empty, and the received series are kept."""
    wrong = PanelQuery(panel="wrong", query="rate(latency_p95_seconds)")
    nothing = PanelQuery(panel="nothing", query="no_such_metric")
    visit = visit_page(
        "prometheus", prometheus.url, MINUTE, queries=(LATENCY, wrong, nothing), stepSeconds="5"
    )
    result = await observer.visit(visit, ignore)
    states = {panel.id: (panel.state, panel.reason) for panel in result.sighting.panels}
    assert result.sighting.state is PanelState.PARTIAL
    assert states["latency"] == (PanelState.READY, "")
    assert states["wrong"][0] is PanelState.ERROR
    assert "parse error" in states["wrong"][1]
    assert states["nothing"][0] is PanelState.EMPTY
    assert result.evidence is not None
    assert {line.panel for line in result.evidence.series} == {"latency"}


async def test_the_names_of_all_metrics_are_not_put_into_the_page(
    site: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """The page completes what people type: a large server's names would take longer than its graphs."""
    site.json("/api/v1/status/buildinfo", {"status": "success", "data": {"version": "2.42.0"}})

    async def home(_: web.Request) -> web.Response:
        raise web.HTTPFound("/graph")

    site.routes["/"] = home
    script = "fetch('/api/v1/label/__name__/values').then(answer => answer.json())"
    site.html("/graph", f"<script>{script}.then(names => fetch(`/names/${{names.data.length}}`))</script>")
    await observer.visit(visit_page("prometheus", site.url, MINUTE, queries=(LATENCY,)), ignore)
    assert "/names/0" in site.asked
    assert not any("__name__" in path for path in site.asked)


async def test_another_server_is_no_prometheus(
    site: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A page that is none of the three interfaces is refused with that reason."""
    site.json("/api/v1/status/buildinfo", {"status": "success"})
    visit = visit_page("prometheus", site.url, MINUTE, queries=(LATENCY,))
    with pytest.raises(BrowserError, match="no Prometheus"):
        await observer.visit(visit, ignore)


@pytest.mark.parametrize(
    ("url", "interface"),
    [
        ("http://h/classic/graph", CLASSIC),
        ("http://h/prom/graph?x=/query", REACT),
        ("http://h/query", MANTINE),
        ("http://h/", None),
        ("http://h/graphs", None),
    ],
)
def test_the_interface_follows_from_the_redirect_of_the_root(url: str, interface: object) -> None:
    """The interface follows from the path to which `/` redirects, under any prefix."""
    assert interface_at(url) is interface


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_old_window_is_never_cut(interface: Any) -> None:
    """For a page with whole minutes only, the end of the window is rounded up."""
    window = Window(start=BEGIN, end=BEGIN + timedelta(seconds=61))
    address = interface.path_for((LATENCY,), window, "5", BEGIN + timedelta(hours=1))
    assert "g0.expr=latency_p95_seconds" in address
    assert "g0.range_input=61s" in address
    end = "2026-03-01%2012%3A02" if interface is CLASSIC else "2026-03-01%2012%3A01%3A01"
    assert address.partition("g0.end_input=")[2].partition("&")[0] == end


def test_a_deep_link_names_its_expressions(visit_page: VisitPage) -> None:
    """`g0.expr` of a link is panel g0, and a page without an expression is refused."""
    path = "/graph?g0.expr=up%7Bjob%3D%22a%22%7D&g0.tab=0&g1.expr=rate(x%5B1m%5D)"
    assert [
        (query.panel, query.query)
        for query in queries_of(visit_page("prometheus", "http://h", MINUTE, path=path).target)
    ] == [
        ("g0", 'up{job="a"}'),
        ("g1", "rate(x[1m])"),
    ]
    assert queries_of(visit_page("prometheus", "http://h", MINUTE).target) == ()
