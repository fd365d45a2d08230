import asyncio
import time
from collections.abc import Mapping
from typing import Self

import aiohttp

from demo.shop.annotations import Annotations
from demo.shop.defects import LEAK_BYTES_PER_REQUEST
from demo.shop.faults import Defect, Fault
from demo.shop.load import Load
from demo.shop.log_store import LogStore
from demo.shop.metric_series import MetricSeries
from demo.shop.running_service import Deployment, RunningService
from demo.shop.scraper import Scraper
from demo.shop.topology import SHOP


class Cluster:
    """The control plane: all services, what is known about them, and the load."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.logs = LogStore()
        self.series = MetricSeries()
        self.annotations = Annotations()
        self._client = client
        self._services: dict[str, RunningService] = {}
        self.background: list[asyncio.Task[None]] = []

    @property
    def services(self) -> Mapping[str, RunningService]:
        """By name, in the order of the calls."""
        return {design.name: self._services[design.name] for design in SHOP}

    async def __aenter__(self) -> Self:
        urls: dict[str, str] = {}
        for design in reversed(SHOP):  # a caller is told its callee's address
            callee_url = urls[design.calls] if design.calls else None
            service = RunningService(design, callee_url, self._client, self.logs.add)
            self._services[design.name] = service
            urls[design.name] = service.url
        try:
            await asyncio.gather(*(service.start() for service in self._services.values()))
        except BaseException:
            await self._stop()
            raise
        for service in self.services.values():
            self._announce(service, Deployment(1, service.design.first_version))
        scraper = Scraper(self.services.values(), self.series)
        await scraper.scrape()
        self.background.append(asyncio.create_task(scraper.run()))
        self.background.append(asyncio.create_task(Load(urls[SHOP[0].name]).run()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def apply(self, fault: Fault) -> None:
        """Makes the fault real; returns when it is in force."""
        if fault.kind == "none" or fault.service is None:
            return
        service = self._services[fault.service]
        async with service.changing:
            if fault.kind == "bad-deploy":
                await self._deploy(service, fault.defect)
            elif fault.size is not None:
                for replica in service.replicas:
                    await replica.order_leak(round(LEAK_BYTES_PER_REQUEST * fault.size))

    async def _deploy(self, service: RunningService, defect: Defect | None) -> None:
        deployment = service.next_deployment(defect)
        self._announce(service, deployment)
        await service.replace(deployment)

    def _announce(self, service: RunningService, deployment: Deployment) -> None:
        name = service.design.name
        self.annotations.add(
            "deployment",
            name,
            time.time(),
            f"{name} {deployment.version} (revision {deployment.revision}) deployed",
            {
                "version": deployment.version,
                "revision": deployment.revision,
                "previousRevision": deployment.previous,
                "actor": "ci",
            },
        )

    async def _stop(self) -> None:
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self._services.values()))
