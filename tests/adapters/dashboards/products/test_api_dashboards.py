"""Products whose API is opened as the page: a real Alertmanager, an emulator of `_search`, and Datadog."""

import asyncio
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
