"""A real Prometheus and Alertmanager beside the shop, where Debian's packages are installed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from demo.monitoring.monitoring import MISSING, Monitoring
from demo.monitoring.programs import MonitoringPrograms
from demo.monitoring.rules import RECORDED
from demo.shop.faults import Fault
from runtime.local.ports import PortBook

if TYPE_CHECKING:
    from tests.demo.conftest import Lab

installed = pytest.mark.skipif(
    MonitoringPrograms.find() is None,
    reason="Debian's prometheus is not installed: apt-get install prometheus",
)


@pytest.fixture
async def monitoring(tmp_path: Path) -> AsyncIterator[Monitoring]:
    ports = PortBook(tmp_path)
    made = Monitoring(tmp_path, ports, print)
    yield made
    await made.stop()
    ports.close()


async def recorded(monitoring: Monitoring, name: str) -> dict[str, float]:
    """The newest value of each service that is no older than its last evaluation."""
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(f"{monitoring.prometheus_url}/api/v1/query", params={"query": name})
    assert response.status_code == 200, response.text
    return {row["metric"]["service"]: float(row["value"][1]) for row in response.json()["data"]["result"]}


async def test_the_shop_exposes_every_replica(healthy: "Lab") -> None:
    """One exposition has the samples of all replicas, each with its service and replica."""

    async def all_counted() -> bool:
        async with healthy.client.get("/metrics") as response:
            assert response.content_type == "text/plain"
            families = list(text_string_to_metric_families(await response.text()))
        samples = [sample for family in families for sample in family.samples]
        replicas = {(sample.labels["service"], sample.labels["replica"]) for sample in samples}
        assert all(replica.startswith(service) for service, replica in replicas)
        assert len({family.name for family in families}) == len(families)
        counted = {s.labels["service"] for s in samples if s.name == "http_requests_total"}
        return len(replicas) == 6 and counted == {"web", "checkout", "payments"}

    await healthy.until(all_counted)


@installed
async def test_prometheus_records_every_service_and_the_alert_names_the_victim(
    lab: "Lab", monitoring: Monitoring
) -> None:
    """If payments' provider is slow, all services are recorded, and what alerts is about orders.

    On a busy machine the slowest orders run into their timeout, and fail as well.
    """

    async def all_recorded() -> bool:
        return all([len(await recorded(monitoring, name)) == 3 for name in RECORDED])

    async def nothing_fires() -> bool:
        return await monitoring.firing() == []

    async def alert_fires() -> bool:
        return "OrdersSlow" in await monitoring.firing()

    await monitoring.watch(lab.shop.url)
    await lab.until(all_recorded)
    await lab.until(nothing_fires)  # on a busy machine the shop's start is slow, and an alert lasts a while
    await lab.shop.inject(Fault("slow-dependency", "payments", size=0.8))
    await lab.until(alert_fires)
    assert set(await monitoring.firing()) <= {"OrdersSlow", "OrdersFailing"}
    assert (await recorded(monitoring, "service:latency_p95_seconds"))["web"] > 0.3
    await monitoring.watch(lab.shop.url)  # as for a new shop: the data of the last one is gone
    assert await monitoring.firing() == []
    async with httpx.AsyncClient(trust_env=False) as client:
        query = {"query": "count_over_time(scrape_samples_scraped[5m]) > 5"}
        response = await client.get(f"{monitoring.prometheus_url}/api/v1/query", params=query)
    assert response.json()["data"]["result"] == []


async def test_without_prometheus_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Prometheus nothing is started, nothing fails, and one line is printed."""
    monkeypatch.setattr(MonitoringPrograms, "find", lambda: None)
    lines: list[str] = []
    monitoring = Monitoring(tmp_path, PortBook(tmp_path), lines.append)
    await monitoring.watch("http://127.0.0.1:1")
    assert (monitoring.prometheus_url, monitoring.alertmanager_url) == (None, None)
    assert await monitoring.firing() == []
    await monitoring.stop()
    assert lines == [MISSING]
