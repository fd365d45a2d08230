import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import httpx

from demo.monitoring.programs import MonitoringPrograms
from demo.monitoring.servers import Alertmanager, Prometheus
from runtime.local.ports import PortBook
from runtime.local.processes import Supervisor

MISSING = (
    "Prometheus is not installed (Debian's prometheus and prometheus-alertmanager); the demo runs without it"
)


class Monitoring:
    """A Prometheus and an Alertmanager for one running shop; without their programs it does nothing."""

    def __init__(self, data: Path, ports: PortBook, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._supervisor = Supervisor(progress)
        self._prometheus: Prometheus | None = None
        self._alertmanager: Alertmanager | None = None
        programs = MonitoringPrograms.find()
        if programs is None:
            progress(MISSING)
            return
        self._prometheus = Prometheus(
            programs, data / "prometheus", ports.reserve("prometheus"), data / "logs" / "prometheus.log"
        )
        self._alertmanager = Alertmanager(
            programs, data / "alertmanager", ports.reserve("alertmanager"), data / "logs" / "alertmanager.log"
        )

    @property
    def prometheus_url(self) -> str | None:
        """The address of its UI; None without it."""
        return self._prometheus.url if self._prometheus else None

    @property
    def alertmanager_url(self) -> str | None:
        """The address of its API; None without it."""
        return self._alertmanager.url if self._alertmanager else None

    async def watch(self, shop_url: str) -> None:
        """Starts both for this shop, with empty storage. ChildDiedError, NotReadyError."""
        if self._prometheus is None or self._alertmanager is None:
            return
        await self.stop()
        await asyncio.to_thread(self._prometheus.prepare, shop_url, self._alertmanager.url)
        await asyncio.to_thread(self._alertmanager.prepare)
        for server in (self._alertmanager, self._prometheus):
            await self._supervisor.start(server.child(), ready=server.ready)

    async def firing(self) -> list[str]:
        """The names of the alerts that fire now; none where Alertmanager does not answer."""
        with contextlib.suppress(httpx.HTTPError):
            if self._alertmanager is not None:
                return await self._alertmanager.firing()
        return []

    async def stop(self) -> None:
        """Stops both."""
        await self._supervisor.stop(together=True)
