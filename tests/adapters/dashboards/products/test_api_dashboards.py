"""A real Alertmanager, an emulator of `_search`, and Datadog, Jaeger and Kibana by their contracts."""

import asyncio
import json
import math
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from local_ports import answering, free_port
from osmem_server import OsmemServer

from adapters.dashboards.answers.elasticsearch import read_searches
from adapters.dashboards.answers.jaeger import read_traces
from adapters.dashboards.page.observer import DashboardObserver
from missions.evidence import Basis, Origin, PanelState
from missions.measurement import SeriesMapping
from missions.panel_mapping import PanelMapping
from missions.plan import PanelQuery, Visit, Window

VisitPage = Callable[..., Visit]
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOW = Window(start=BEGIN, end=BEGIN + timedelta(minutes=5))
ASKED = PanelQuery(panel="p", query="q")


def ignore(_: str) -> None:
    """A progress callback that does nothing."""


@pytest.fixture(scope="module")
async def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Debian's Alertmanager with two alerts."""
    binary = shutil.which("prometheus-alertmanager")
    if binary is None:
        pytest.skip("Debian's alertmanager is not installed: apt-get install prometheus-alertmanager")
    home: Path = tmp_path_factory.mktemp("alertmanager")
    (home / "a.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        binary,
        f"--config.file={home / 'a.yml'}",
        f"--storage.path={home / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await answering(f"{url}/-/ready")
        alerts = [
            {
                "labels": {"alertname": "Slow", "service": service, "severity": severity},
                "annotations": {"summary": "p95 is over 1 s"},
                "startsAt": BEGIN.isoformat(),
                "endsAt": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            }
            for service, severity in (("web", "page"), ("checkout", "warning"))
        ]
        async with httpx.AsyncClient() as client:
            (await client.post(f"{url}/api/v2/alerts", json=alerts)).raise_for_status()
        yield url
    finally:
        process.terminate()
        await process.wait()


async def test_alertmanagers_alerts_are_evidence(
    alertmanager: str, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """Each alert is a log line at its start; a filter is another panel, queried by API."""
    paged = PanelQuery(panel="paged", query='severity="page"')
    everything = PanelQuery(panel="all", query="{}")
    visit = visit_page("alertmanager", alertmanager, WINDOW, queries=(everything, paged))
    result = await observer.visit(visit, ignore)
    assert [(panel.id, panel.state, panel.samples, panel.origin) for panel in result.sighting.panels] == [
        ("all", PanelState.READY, 2, Origin.PAGE_RESPONSE),
        ("paged", PanelState.READY, 1, Origin.API),
    ], result.sighting
    assert result.picture is not None
    assert result.evidence is not None
    lines = {line.service: line for line in result.evidence.logs}
    web_ = lines["web"]
    assert (web_.level, web_.message, web_.at) == ("page", "Slow: p95 is over 1 s", BEGIN)
    assert web_.fields["state"] == "active"
    assert result.sighting.source is not None
    assert result.sighting.source.basis is Basis.SEEN


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A running OpenSearch emulator with three lines."""
    with OsmemServer.start() as server, server.clone() as clone:
        for minute, level in ((1, "info"), (2, "error"), (3, "error")):
            line = {
                "@timestamp": f"2026-03-01T12:0{minute}:00Z",
                "message": f"line {minute}",
                "log": {"level": level},
                "service": {"name": "web"},
                "took": minute,
            }
            answer = httpx.post(f"{clone.url}/logs/_doc?refresh=true", json=line, trust_env=False)
            answer.raise_for_status()
        yield clone.url
        output = server.process.stdout
    output.close()  # the launcher does not close it


async def test_a_search_gives_lines_and_their_number(
    cluster: str, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A Lucene query gives the window's lines, the oldest first, and their count."""
    errors = PanelQuery(panel="errors", query="log.level:error")
    stated = PanelMapping(panel="errors", measures=SeriesMapping(service="web"))
    visit = visit_page("opensearch", cluster, WINDOW, queries=(errors,), mappings=(stated,), index="logs")
    result = await observer.visit(visit, ignore)
    assert result.sighting.state is PanelState.READY, result.sighting
    assert result.evidence is not None
    lines = [(line.message, line.level, line.service, line.at.minute) for line in result.evidence.logs]
    assert lines == [("line 2", "error", "web", 2), ("line 3", "error", "web", 3)]
    assert result.evidence.logs[0].fields["took"] == "2"
    (count,) = result.evidence.series
    assert sum(value or 0 for _, value in count.points) == 2
    assert (count.metric, count.query, count.service) == ("", "log.level:error", "web")
    assert (count.product, count.origin) == ("elasticsearch", Origin.PAGE_RESPONSE)


async def test_a_search_that_is_wrong_is_an_error(
    cluster: str, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """A missing index is reported with the server's message."""
    visit = visit_page("opensearch", cluster, WINDOW, queries=(ASKED,), index="nowhere")
    with pytest.raises(Exception, match="HTTP 404"):
        await observer.visit(visit, ignore)


async def test_datadog_by_its_contract(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """The unit is in Datadog's words, null is a gap, and an error inside a 200 is an error."""

    async def answer(request: web.Request) -> web.Response:
        if request.query["query"] == "bad":
            return web.json_response({"status": "error", "error": "Invalid query", "series": []})
        assert (request.query["from"], request.query["to"]) == ("1772366400", "1772366700")
        row = {
            "metric": "trace.http.request.duration",
            "scope": "service:checkout,env:prod",
            "unit": [{"name": "second"}, None],
            "pointlist": [[1772366400000.0, 0.25], [1772366420000.0, None]],
        }
        return web.json_response({"status": "ok", "series": [row]})

    site.routes["/api/v1/query"] = answer
    good = PanelQuery(panel="good", query="avg:trace.http.request.duration{*} by {service}")
    bad = PanelQuery(panel="bad", query="bad")
    result = await observer.visit(visit_page("datadog", site.url, WINDOW, queries=(good, bad)), ignore)
    states = {panel.id: (panel.state, panel.reason) for panel in result.sighting.panels}
    assert states["good"] == (PanelState.READY, "")
    assert states["bad"] == (PanelState.PARTIAL, "Invalid query")
    assert result.evidence is not None
    (line,) = result.evidence.series
    assert (line.service, line.unit, line.labels["env"]) == ("checkout", "second", "prod")
    assert line.points == ((1772366400.0, 0.25), (1772366420.0, None))


TRACE = {
    "data": [
        {
            "processes": {"p1": {"serviceName": "web"}, "p2": {"serviceName": "payments"}},
            "spans": [
                {"traceID": "t", "spanID": "a", "operationName": "GET /", "startTime": 1772366400000001,
                 "duration": 1500250, "processID": "p1", "tags": []},
                {"traceID": "t", "spanID": "b", "operationName": "pay", "startTime": 1772366400000500,
                 "duration": 1, "processID": "p2", "tags": [{"key": "error", "value": "true"}],
                 "references": [{"refType": "CHILD_OF", "spanID": "a"}]},
            ],
        }
    ]
}  # fmt: skip


async def test_jaeger_by_its_contract(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """Spans have parents, exact times and errors in both forms, and the calls follow from them."""
    site.json("/api/traces", TRACE)
    site.html(
        "/search",
        """<script>fetch('/api/traces?limit=20&service=web').then(answer => answer.text()).then(() =>
          document.body.innerHTML = '<a class="ResultItemTitle--item">t</a>')</script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting
    assert result.evidence is not None
    first, second = result.evidence.spans
    assert (first.service, first.duration_ms, first.error) == ("web", 1500.25, False)
    assert (first.start - BEGIN, second.parent_id) == (timedelta(microseconds=1), "a")
    assert second.error is True
    assert [(edge.caller, edge.callee) for edge in result.evidence.dependencies] == [("web", "payments")]
    assert "start=1772366400000000" in next(path for path in site.asked if path.startswith("/search"))


async def test_the_table_of_jaeger_2(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """It asks for summaries, which have no spans: these come by API."""
    site.json("/api/traces", TRACE)
    site.json("/api/v3/trace-summaries", {"summaries": []})
    site.html(
        "/search",
        """<div class="SearchResults"></div><script>
          fetch('/api/v3/trace-summaries').then(answer => answer.text()).then(() => {
            const row = '<tr class="ant-table-row"><td>GET /';
            document.querySelector('div').innerHTML = `<table>${row}</table>`; });
        </script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    (panel,) = result.sighting.panels
    assert (panel.state, panel.origin) == (PanelState.READY, Origin.API), panel
    assert result.evidence is not None
    assert len(result.evidence.spans) == 2


async def test_jaeger_without_traces_is_empty(
    site: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    site.json("/api/traces", {"data": []})
    site.html(
        "/search",
        """<div class="SearchTracePage--resultsColumn"></div><script>
          fetch('/api/traces?limit=20&service=web').then(answer => answer.text()).then(() => {
            document.querySelector('div').innerHTML = '<p>No trace results. Try another query.'; });
        </script>""",
    )
    asked = PanelQuery(panel="traces", query="web")
    result = await observer.visit(visit_page("jaeger", site.url, WINDOW, queries=(asked,)), ignore)
    (panel,) = result.sighting.panels
    assert (panel.state, panel.samples) == (PanelState.EMPTY, 0), panel


def test_jaeger_says_what_is_wrong() -> None:
    """An error in Jaeger's body is raised."""
    with pytest.raises(ValueError, match="not found"):
        read_traces(json.dumps({"data": None, "errors": [{"msg": "not found"}]}).encode(), ASKED, Origin.API)


HITS = {
    "hits": {"hits": [{"_id": "1", "_index": "logs", "fields": {"@timestamp": ["2026-03-01T12:00:00.5Z"],
             "message": ["boom"], "log.level": ["ERROR"], "service.name": ["web"]}}]},
    "aggregations": {"2": {"buckets": [{"key": 1772366400000, "doc_count": 3, "1": {"value": None}},
                                       {"key": 1772366430000, "doc_count": 1, "1": {"value": 0.5}}]}},
}  # fmt: skip


async def test_kibana_by_its_contract(site: Any, observer: DashboardObserver, visit_page: VisitPage) -> None:
    """Discover is opened with window and query, and the page's searches give lines and series."""
    site.json("/api/status", {"version": {"number": "9.1.0"}})
    site.json("/internal/search/ese", {"rawResponse": HITS, "isRunning": False})
    site.html(
        "/app/discover",
        """<body><script>fetch('/internal/search/ese', {method: 'POST', body: '{}'}).then(answer =>
          answer.text()).then(() => document.body.insertAdjacentHTML('beforeend',
          '<b data-test-subj=discoverQueryHits>1</b>'))</script>""",
    )
    asked = PanelQuery(panel="errors", query="log.level: 'ERROR'")
    result = await observer.visit(visit_page("kibana", site.url, WINDOW, queries=(asked,)), ignore)
    assert result.sighting.state is PanelState.READY, result.sighting
    assert result.sighting.source is not None
    assert (result.sighting.source.version, result.sighting.source.basis) == ("9.1.0", Basis.CONTRACT)
    assert "kuery" in result.sighting.url
    assert result.evidence is not None
    (line,) = result.evidence.logs
    assert (line.message, line.level, line.service, line.at.microsecond) == ("boom", "error", "web", 500000)
    (series,) = result.evidence.series
    assert series.points == ((1772366400.0, None), (1772366430.0, 0.5))


def test_kibana_8_answers_a_line_each() -> None:
    """Each line of `bsearch` is one result; another body is refused."""
    lines = b"\n".join(json.dumps({"id": 0, "result": {"rawResponse": HITS}}).encode() for _ in range(2))
    assert len(read_searches(lines, ASKED, "service.name", "@timestamp").logs) == 2
    with pytest.raises(ValueError, match="no search"):
        read_searches(b"{}", ASKED, "service.name", "@timestamp")


MASKED = """<!doctype html><body style="margin:0;background:#fff">
<section data-panel-id=p data-panel-title="of jane@shop.example" data-state=loading
  style="height:100px">mail jane@shop.example</section>
<section data-panel-id=q data-state=empty class=secret style="height:100px;background:#f00">x</section>
<script>fetch('/loki/api/v1/query_range?query=x', {headers: {'X-Panel-Id': 'p'}}).then(answer =>
  answer.text()).then(text => { const one = document.querySelector('section'); one.append(text);
  one.dataset.state = 'ready'; window.seen = one.innerText; })</script>"""


async def test_masks_cover_before_anything_is_taken(
    site: Any, observer: DashboardObserver, visit_page: VisitPage
) -> None:
    """Matching text and elements are masked in evidence and picture; an invalid mask stops the visit."""
    stream = {"stream": {"service": "web"}, "values": [["1772366400000000000", "from jane@shop.example"]]}
    site.json("/loki/api/v1/query_range", {"data": {"resultType": "streams", "result": [stream]}})
    site.html("/", MASKED)
    visit = visit_page("web", site.url, WINDOW, panels=("p", "q"))

    def with_masks(**masks: list[str]) -> Visit:
        target = visit.target.model_validate(visit.target.model_dump() | {"masks": masks})
        return visit.model_copy(update={"target": target})

    result = await observer.visit(with_masks(selectors=[".secret"], patterns=[r"\S+@\S+"]), ignore)
    assert result.evidence is not None
    assert "jane" not in result.evidence.model_dump_json() + result.sighting.model_dump_json()
    assert result.evidence.logs[0].message == "from █████"
    boxes = {panel.id: panel.box for panel in result.sighting.panels}
    assert boxes["p"] is not None
    assert boxes["q"] is not None
    assert (boxes["p"].height, boxes["q"].y) == (100, 100)
    with pytest.raises(Exception, match="masks"):
        await observer.visit(with_masks(selectors=["["]), ignore)


def test_groups_by_a_long_number_are_no_times() -> None:
    """The request says what is grouped: each customer has a series of its own, at the time of its samples."""
    times = {"buckets": [{"key": 1772366400000, "doc_count": 3}]}
    response = {
        "hits": {"hits": []},
        "aggregations": {"by": {"buckets": [{"key": 202403010001, "doc_count": 3, "over": times}]}},
    }
    asked = {"aggs": {"by": {"terms": {"field": "customer"}, "aggs": {"over": {"date_histogram": {}}}}}}
    body, request = json.dumps(response).encode(), json.dumps(asked)
    (line,) = read_searches(body, ASKED, "s", "t", request).series
    assert (line.labels["customer"], line.points) == ("202403010001", ((1772366400.0, 3.0),))


def test_numbers_that_are_none_stay_what_they_are() -> None:
    """The smallest number in a search's bucket is kept exactly."""
    response = {
        "hits": {"hits": []},
        "aggregations": {"a": {"buckets": [{"key": 1772366400000, "b": {"value": 1e-320}}]}},
    }
    (line,) = read_searches(json.dumps(response).encode(), ASKED, "s", "t").series
    assert line.points == ((1772366400.0, 1e-320),)
    assert not math.isnan(line.points[0][1] or 0)
