import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.demo.conftest import Lab

SERVICES = {"web", "checkout", "payments"}


async def test_traffic_flows_through_all_services_with_hardly_an_error(healthy: "Lab") -> None:
    """Without a fault each service has traffic, low latency and few errors."""

    async def normal() -> bool:
        rates = await healthy.latest("requests_per_second")
        errors = await healthy.latest("error_ratio")
        latency = await healthy.latest("latency_p95_seconds")
        return (
            rates.keys() == SERVICES
            and all(8 < rate < 16 for rate in rates.values())
            and all(ratio < 0.1 for ratio in errors.values())
            and all(seconds < 0.5 for seconds in latency.values())
        )

    await healthy.until(normal)
    limits = await healthy.latest("memory_limit_bytes")
    memory = await healthy.latest("memory_bytes")
    assert all(20e6 < memory[service] < 0.6 * limits[service] for service in SERVICES)


async def test_query_answers_in_the_shape_of_prometheus(healthy: "Lab") -> None:
    """A query returns a Prometheus matrix with one series for each selected service, and string values."""
    now = time.time()
    query = 'replicas{service=~"web|payments"}'
    body = await healthy.get("/api/v1/query_range", query=query, start=now - 3, end=now, step="1s")
    assert body["status"] == "success"
    assert body["data"]["resultType"] == "matrix"
    rows = body["data"]["result"]
    assert [row["metric"] for row in rows] == [
        {"__name__": "replicas", "service": "web"},
        {"__name__": "replicas", "service": "payments"},
    ]
    assert all(isinstance(value, str) for row in rows for _, value in row["values"])
    unknown = await healthy.get("/api/v1/query_range", query="no_such", start=now - 3, end=now, step=1)
    assert unknown["data"]["result"] == []


async def test_bad_queries_are_refused_with_a_reason(healthy: "Lab") -> None:
    """A bad query gets 400, with a Prometheus error, plain text for logs, or `error` for the rest."""
    good = {"query": "replicas", "start": "1", "end": "2", "step": "1"}
    bad = [
        {"query": "rate(x[5m])"},
        {"query": ""},
        {"start": "x"},
        {"end": "0"},
        {"step": "0"},
        {"end": "inf"},
    ]
    bad += [{"end": "100000"}, {"query": 'replicas{service=~"(a+)+"}'}]
    for change in bad:
        async with healthy.client.get("/api/v1/query_range", params=good | change) as response:
            assert response.status == 400, change
            body = await response.json()
            assert (body["status"], body["errorType"]) == ("error", "bad_data")
            assert body["error"]
    for query in ("{}", "", "up", '{level="warn"', '{level=~"(w|x)+"}'):
        async with healthy.client.get("/loki/api/v1/query_range", params={"query": query}) as response:
            assert (response.status, response.content_type) == (400, "text/plain"), query
    async with healthy.client.get("/api/annotations", params={"from": "yesterday"}) as response:
        assert response.status == 400
        assert "error" in await response.json()


async def test_logs_answer_in_the_shape_of_loki_newest_first(healthy: "Lab") -> None:
    """Logs are Loki streams by service and level, the newest line first."""

    async def has_streams() -> bool:
        body = await healthy.get("/loki/api/v1/query_range", query='{level="info"}')
        return len(body["data"]["result"]) == len(SERVICES)

    await healthy.until(has_streams)
    body = await healthy.get("/loki/api/v1/query_range", query='{service="web"}', limit=5)
    assert body["data"]["resultType"] == "streams"
    for stream in body["data"]["result"]:
        assert stream["stream"].keys() == {"service", "level"}
        times = [int(moment) for moment, _ in stream["values"]]
        assert times == sorted(times, reverse=True)


async def test_topology_and_first_deployments_are_served(healthy: "Lab") -> None:
    """The shop serves its dependencies, its services and the deployment of revision 1 of each."""
    topology = await healthy.get("/api/topology")
    assert topology["dependencies"] == [
        {"from": "web", "to": "checkout"},
        {"from": "checkout", "to": "payments"},
    ]
    services = await healthy.get("/api/services")
    assert [each["service"] for each in services] == topology["services"]
    events = await healthy.get("/api/annotations", tags="deployment")
    assert {(event["data"]["service"], event["data"]["revision"]) for event in events} == {
        (service, 1) for service in SERVICES
    }
