from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from lab.recording.prometheus import PrometheusClient
from missions.connector import Connector

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Sources:
    """Where a running system shows itself, and the dashboards that a mission would look at.

    `logs` gives the present log files by component or instance, `spans` the files with spans in the same
    way. `changes` is the list of what operators did, a line of JSON each; it may be absent. `customers` is
    the load's report, for the truth only.
    """

    prometheus_url: str
    alertmanager_url: str
    connectors: tuple[Connector, ...]
    logs: Callable[[], Mapping[str, Path]]
    spans: Callable[[], Mapping[str, Path]]
    changes: Path
    customers: Path

    @property
    def prometheus(self) -> PrometheusClient:
        """A client of this Prometheus."""
        return PrometheusClient(self.prometheus_url)

    async def alerts(self) -> list[dict[str, object]] | None:
        """Alertmanager's active alerts; None where it does not answer."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                response = await client.get(f"{self.alertmanager_url}/api/v2/alerts?active=true")
                alerts: list[dict[str, object]] = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return None
        return alerts
