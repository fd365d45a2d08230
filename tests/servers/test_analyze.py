from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from served_apps import served
from synthetic_incidents import START, Incident, evidence

from adapters.diagnosers.analyze_request import analyze_request
from adapters.diagnosers.http import HttpDiagnoser
from adapters.diagnosers.in_process import InProcessDiagnoser
from missions.evidence import LogLine
from missions.measurement import SeriesMapping
from servers.analyze import create_app

LEAK = analyze_request(
    "web is slow", (evidence(Incident(kind="leak", seed=1, service="payments", size=4.0)),)
)
WINDOW = {"start": "2026-03-01T12:00:00Z", "end": "now"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


async def test_the_answer_has_the_contracts_shape(client: httpx.AsyncClient) -> None:
    """camelCase, with verdict and missingEvidence, candidates with evidence."""
    response = await client.post("/analyze", json=LEAK)
    assert response.status_code == 200
    answer = response.json()
    assert {
        "summary",
        "primarySymptom",
        "rootCauseCandidates",
        "serviceGraph",
        "timeline",
        "verdict",
        "missingEvidence",
    } <= answer.keys()
    first = answer["rootCauseCandidates"][0]
    assert {"service", "incidentType", "confidence", "explanation", "evidence", "remediation"} <= first.keys()
    assert (answer["verdict"], first["service"], first["remediation"]) == ("found", "payments", ["restart"])
    assert set(answer["timeline"][0]) == {"timestamp", "service", "type", "description", "severity"}


async def test_the_least_request_of_the_contract_is_enough(client: httpx.AsyncClient) -> None:
    """Empty logs and metrics with a window that ends now are inconclusive."""
    body = {"logs": [], "metrics": [], "traces": [{"traceID": "1"}], "timeWindow": WINDOW}
    answer = (await client.post("/analyze", json=body)).json()
    assert answer["verdict"] == "inconclusive"
    assert answer["missingEvidence"]


async def test_the_older_client_gets_a_diagnosis(client: httpx.AsyncClient) -> None:
    """Symptoms alone are inconclusive; data in the context is used."""
    old = {"incident_id": "i-1", "symptoms": ["web is slow"], "context": {"team": "shop"}, "mode": "fast"}
    answer = (await client.post("/api/v1/analyze", json=old)).json()
    assert (answer["verdict"], answer["primarySymptom"]) == ("inconclusive", "web is slow")
    diagnosis = (await client.post("/api/v1/analyze", json=old | {"context": LEAK})).json()
    assert diagnosis["rootCauseCandidates"][0]["service"] == "payments"


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("/analyze", {}, "timeWindow"),
        ("/analyze", {"timeWindow": WINDOW, "metrix": []}, "metrix"),
        ("/analyze", {"timeWindow": {"start": "now", "end": "now"}}, "start"),
        (
            "/analyze",
            {"timeWindow": WINDOW, "metrics": [{"service": "a", "metric": "b", "points": [[1]]}]},
            "points",
        ),
        ("/api/v1/analyze", {"incident_id": "1", "context": {"metrics": 5}}, "metrics"),
        ("/api/v1/analyze", {"symptoms": []}, "incident_id"),
    ],
)
async def test_an_invalid_request_is_refused_with_its_field(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], names: str
) -> None:
    """422 as problem+json with the member `error`, naming the field."""
    response = await client.post(path, json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert names in problem["detail"]
    assert problem["error"] == problem["detail"]
    assert problem["status"] == 422
    assert problem["correlationId"]


async def test_large_bodies_are_refused_announced_or_not(client: httpx.AsyncClient) -> None:
    """A body is limited by Content-Length, and by counting without one."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(21):
            yield b" " * 1_000_000

    for content in (b" " * 20_000_001, endless()):
        try:
            response = await client.post("/analyze", content=content)
        except httpx.TransportError:  # the server closed the connection during the upload
            continue
        assert response.status_code == 413


async def test_health_and_unknown_paths(client: httpx.AsyncClient) -> None:
    """The health check responds, and an unknown path is a problem."""
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    missing = await client.get("/nowhere")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)


async def test_an_engine_over_http_has_what_the_one_in_process_has(client: httpx.AsyncClient) -> None:
    """Clusters, aliases, alerts and what series measure: both give the same diagnosis."""
    incident = Incident(kind="leak", seed=1, service="payments", size=4.0)
    bare = evidence(incident)
    query = 'histogram_quantile(0.95, sum by (le) (rate(seconds_bucket{service="web"}[1m])))'
    series = tuple(
        row.model_copy(
            update={"metric": "", "query": query, "product": "prometheus", "mapping": SeriesMapping(unit="s")}
        )
        if (row.service, row.metric) == ("web", "latency_p95_seconds")
        else row.model_copy(update={"service": "pay-core"})
        if row.service == "payments"
        else row
        for row in bare.series
    )
    alert = LogLine(
        id="alert",
        at=START + timedelta(seconds=80),
        service="payments",
        level="critical",
        message="memory",
        fields={"alertname": "MemoryHigh", "state": "firing"},
    )
    pages = (
        bare.model_copy(
            update={
                "series": series,
                "logs": (alert,),
                "cluster": "east",
                "aliases": {"payments": ("pay-core",)},
            }
        ),
        evidence(replace(incident, kind="healthy")).model_copy(update={"cluster": "west"}),
    )
    diagnosis = await HttpDiagnoser(str(client.base_url), timeout=60).diagnose("web is slow", pages)
    assert diagnosis == await InProcessDiagnoser().diagnose("web is slow", pages)
    assert {merge.name for merge in diagnosis.merged_names} == {"pay-core"}
    assert diagnosis.cause is not None
    assert diagnosis.cause.service == "payments (cluster east)"
    assert "alert" in {citation.id for citation in diagnosis.cause.evidence}
