"""A recording gives the product's evidence, and the same diagnosis each time, without a lab."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.dashboards.answers.prometheus import MATRIX, read_query
from demo.monitoring.monitoring import Monitoring
from demo.monitoring.programs import MonitoringPrograms
from lab.recording.archive import write_folder
from lab.recording.collecting import collect
from lab.recording.columns import pack
from lab.recording.reader import Recording
from lab.recording.sources import Sources
from lab.recording.truth import Ending, RecordedMoments, RecordedTruth
from lab.recording.watch import SystemWatch, next_multiple
from lab.topology import Component
from missions.connector import Connector
from missions.diagnosis import DiagnosisVerdict
from missions.plan import PanelQuery
from runtime.local.ports import PortBook

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
ONSET, COMPLAINT, END = (START + timedelta(seconds=seconds) for seconds in (120, 200, 400))
ERRORS = 'sum by (job) (rate(http_requests_total{status=~"5.."}[1m]))'
REFUSED = "sum by (job) (rates(http_requests_total[1m]))"


def truth(**changes: Any) -> RecordedTruth:
    moments = RecordedMoments(
        first=START, normal=START, onset=ONSET, complaint=COMPLAINT, action=None, end=END
    )
    values: dict[str, Any] = {
        "id": "001-exception",
        "kind": "exception",
        "family": "release",
        "prompt": "Customers cannot buy tickets.",
        "ending": Ending.CURE,
        "faults": (
            {
                "kind": "exception",
                "family": "release",
                "components": (Component.CATALOG,),
                "accepted": ("catalog",),
                "incidentTypes": ("bad_deployment",),
            },
        ),
        "moments": moments,
    }
    return RecordedTruth.model_validate(values | changes)


def connectors(prometheus: str, alertmanager: str, *queries: str) -> tuple[Connector, ...]:
    """Dashboards as an outsider registers them."""
    panels = [{"panel": f"p{place}", "query": query} for place, query in enumerate(queries)]
    scope = {"settings": {"serviceLabel": "job"}, "window": "PT3M"}
    return (
        Connector.model_validate(
            {
                "name": "prometheus",
                "type": "prometheus",
                "baseUrl": prometheus,
                "config": scope | {"pages": [{"id": "requests", "title": "Requests", "queries": panels}]},
            }
        ),
        Connector.model_validate(
            {
                "name": "alerts",
                "type": "alertmanager",
                "baseUrl": alertmanager,
                "config": scope | {"pages": [{"id": "all", "title": "Alerts"}]},
            }
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Errors of catalog rise at the onset, those of orders do not; an alert fires after the complaint."""
    times = [START.timestamp() + 5 * step for step in range(81)]

    def row(job: str, before: float, after: float) -> dict[str, Any]:
        values = [
            [at, str(after if at > ONSET.timestamp() else before + 0.001 * (at // 5 % 3))] for at in times
        ]
        return {"metric": {"job": job}, "values": values}

    rows = [row("catalog", 0.01, 2.5), row("orders", 0.01, 0.01)]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
    alert = {
        "fingerprint": "a1",
        "startsAt": COMPLAINT.isoformat(),
        "labels": {"alertname": "Errors", "job": "catalog", "severity": "page"},
        "annotations": {"summary": "many errors"},
        "status": {"state": "active"},
    }
    error = {"status": "error", "errorType": "bad_data", "error": "unknown function"}
    panels = {
        "connectors": [
            connector.model_dump(mode="json", by_alias=True)
            for connector in connectors("http://127.0.0.1:1", "http://127.0.0.1:2", ERRORS, REFUSED)
        ],
        "answers": [[ERRORS, pack(answer)], [REFUSED, pack(error)]],
    }
    alerts = {
        "alertmanager": [(START.timestamp(), []), (COMPLAINT.timestamp() + 5, [alert])],
        "series": pack(error),
    }
    logs = {"catalog-1": {"lines": ["ok", "boom"], "counts": [[ONSET.timestamp(), 1], [END.timestamp(), 2]]}}
    path = tmp_path / "development" / "001-exception"
    write_folder(
        path,
        truth().model_dump_json(by_alias=True),
        {"panels": panels, "alerts": alerts, "logs": logs, "changes": []},
    )
    return path


async def test_evidence_ends_at_the_complaint(folder: Path) -> None:
    """A mission sees the plan's window up to its start, and services by the label that is configured."""
    pages = await Recording(folder).evidence(COMPLAINT)
    assert [page.target for page in pages] == ["prometheus/requests", "alerts/all"]
    assert [series.id for series in pages[0].series] == ["p0#catalog", "p0#orders"]
    for series in pages[0].series:
        assert series.points[0][0] == (COMPLAINT - timedelta(minutes=3)).timestamp()
        assert series.points[-1][0] == COMPLAINT.timestamp()
    assert pages[1].logs == ()


async def test_alerts_and_lines_are_those_of_the_moment(folder: Path) -> None:
    """What came later is not seen earlier."""
    recording = Recording(folder)
    (line,) = (await recording.evidence(END))[1].logs
    assert (line.service, line.level, line.message) == ("catalog", "page", "Errors: many errors")
    assert recording.log("catalog-1", COMPLAINT) == ["ok"]
    assert recording.log("catalog-1", END) == ["ok", "boom"]
    assert recording.log("orders-1", END) == []


async def test_the_diagnosis_is_the_same_each_time(folder: Path) -> None:
    """It is the engine's own, of the recorded evidence."""
    first, second = await Recording(folder).diagnosis(), await Recording(folder).diagnosis()
    assert first == second
    assert first.root_cause_candidates[0].service == "catalog"
    calm = await Recording(folder).calm_diagnosis()
    assert calm
    assert calm.verdict is not DiagnosisVerdict.FOUND


async def test_the_calm_before_a_fault_is_without_the_incident_before(folder: Path) -> None:
    """Only the normal time is diagnosed: what changed before it does not count. A healthy one has no calm."""
    normal = truth().moments.model_copy(update={"normal": ONSET + timedelta(seconds=10), "onset": COMPLAINT})
    (folder / "truth.json").write_text(truth(moments=normal).model_dump_json(by_alias=True))
    calm = await Recording(folder).calm_diagnosis()
    assert calm
    assert calm.root_cause_candidates == ()
    assert (await Recording(folder).diagnosis(COMPLAINT)).root_cause_candidates
    healthy = truth(moments=normal.model_copy(update={"onset": None}), faults=())
    (folder / "truth.json").write_text(healthy.model_dump_json(by_alias=True))
    assert await Recording(folder).calm_diagnosis() is None


def test_truth_is_read_as_it_was_written(folder: Path) -> None:
    """Also in a recording without a fault."""
    assert Recording(folder).truth == truth()
    assert truth().accepted == {"catalog"}
    assert truth().types == {"bad_deployment"}
    assert truth(faults=()).healthy


@pytest.mark.skipif(
    MonitoringPrograms.find() is None,
    reason="Debian's prometheus is not installed: apt-get install prometheus prometheus-alertmanager",
)
async def test_a_real_prometheus_is_recorded(tmp_path: Path) -> None:
    """The recording has what the API answered for the same window, and the lines that came in it."""
    ports = PortBook(tmp_path)
    monitoring = Monitoring(tmp_path, ports, lambda _: None)
    prometheus, alertmanager = str(monitoring.prometheus_url), str(monitoring.alertmanager_url)
    log = tmp_path / "web.log"
    log.write_text("earlier\n")
    queries = ("prometheus_http_requests_total", 'sum by (job) (up{job="shop"})', "no_such_metric")
    sources = Sources(
        prometheus,
        alertmanager,
        connectors(prometheus, alertmanager, *queries),
        logs=lambda: {"web": log},
        spans=dict,
        changes=tmp_path / "changes.jsonl",
        customers=tmp_path / "customers.log",
    )
    try:
        await monitoring.watch(prometheus)
        watch = SystemWatch(sources)
        async with watch.running():
            start = await next_multiple(5)
            log.write_text("earlier\nrequest\n")
            (tmp_path / "changes.jsonl").write_text(f'{{"time": "{start.isoformat()}", "kind": "deploy"}}\n')
            end = await next_multiple(5)
            end = await next_multiple(5)
        files = await collect(sources, watch, start, end, end)
        live = await sources.prometheus.range(queries[0], start, end, 5)
    finally:
        await monitoring.stop()
        ports.close()
    moments = RecordedMoments(first=start, normal=start, onset=None, complaint=end, action=None, end=end)
    recorded = truth(moments=moments, faults=()).model_dump_json(by_alias=True)
    write_folder(tmp_path / "001-calm", recorded, files)
    recording = Recording(tmp_path / "001-calm")
    page, _ = await recording.evidence(end, end - start)
    expected = read_query(
        json.dumps(live).encode(), PanelQuery(panel="p0", query=queries[0]), "job", MATRIX
    ).series
    assert expected
    assert sorted(series.points for series in page.series if series.panel == "p0") == sorted(
        series.points for series in expected
    )
    assert recording.log("web", end) == ["request"]
    assert [change["kind"] for change in recording.changes()] == ["deploy"]
    samples = {row["metric"]["__name__"]: len(row["values"]) for row in recording.samples()["data"]["result"]}
    assert {"prometheus_http_requests_total", "process_resident_memory_bytes"} <= samples.keys()
    assert samples["up"] >= 5  # one each second
