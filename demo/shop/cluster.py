import asyncio
import time
from collections.abc import Mapping
from typing import Self

import aiohttp

from demo.shop.alarm import Alarm
from demo.shop.annotations import Annotations
from demo.shop.decoys import NOISE_BYTES, Decoy
from demo.shop.defects import LEAK_BYTES_PER_REQUEST
from demo.shop.faults import Defect, Fault
from demo.shop.load import LoadGenerator
from demo.shop.log_store import LogStore
from demo.shop.metric_series import MetricSeries
from demo.shop.provider import ProviderStub
from demo.shop.running_service import Deployment, RunningService
from demo.shop.scraper import Scraper
from demo.shop.spans import SPAN_LINE
from demo.shop.topology import SHOP
from demo.shop.trace_store import TraceStore


class ShopCluster:
    """The control plane: all services, their logs, traces and metrics, and the load."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.logs = LogStore()
        self.traces = TraceStore()
        self.series = MetricSeries()
        self.annotations = Annotations()
        self._client = client
        self._provider = ProviderStub()
        self._alarms: list[asyncio.Task[None]] = []
        self._services: dict[str, RunningService] = {}
        self.background: list[asyncio.Task[None]] = []

    @property
    def services(self) -> Mapping[str, RunningService]:
        """By name, in the order of the calls."""
        return {design.name: self._services[design.name] for design in SHOP}

    async def __aenter__(self) -> Self:
        await self._provider.__aenter__()
        urls: dict[str, str] = {}
        for design in reversed(SHOP):  # a caller needs its callee's address
            callee_url = urls[design.calls] if design.calls else None
            provider_url = self._provider.url if design.provider else None
            service = RunningService(design, callee_url, provider_url, self._client, self._store_line)
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
        self.background.append(asyncio.create_task(LoadGenerator(urls[SHOP[0].name]).run()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def apply(self, fault: Fault) -> None:
        """Injects the fault; returns when it is in force."""
        if fault.kind == "none" or fault.service is None:
            return
        service, size = self._services[fault.service], fault.size or 0.0
        async with service.changing:
            match fault.kind:
                case "bad-deploy":
                    await self._deploy(service, fault.defect)
                case "bad-data":
                    await service.fail_requests(size)
                case "leak":
                    for replica in service.replicas:
                        await replica.send({"leakBytesPerRequest": round(LEAK_BYTES_PER_REQUEST * size)})
                case "pool-exhaustion":
                    await service.hold_connections(size)
                case "slow-dependency":
                    self._provider.slow_down(size)

    async def add_decoy(self, decoy: Decoy) -> None:
        """Adds the decoy; returns when it is in force."""
        service = self._services[decoy.service]
        if decoy.kind == "alert":
            alarm = Alarm(decoy.service, self.series, self.annotations)
            self._alarms.append(asyncio.create_task(alarm.run()))
            return
        async with service.changing:
            if decoy.kind == "deployment":
                await self._deploy(service, None)
            else:
                await service.add_noise(NOISE_BYTES)

    def _store_line(self, text: str) -> None:
        """Stores one line of a replica: a span or a log line."""
        if text.startswith(SPAN_LINE):
            self.traces.add(text)
        else:
            self.logs.add(text)

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
        tasks = (*self.background, *self._alarms)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self._services.values()))
        await self._provider.__aexit__(None, None, None)
