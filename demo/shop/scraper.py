import asyncio
import time
from collections.abc import Iterable
from typing import Final

from demo.shop.metric_series import MetricSeries
from demo.shop.running_service import RunningService

EVERY_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 0.8


class Scraper:
    """Scrapes every replica once a second, and stores the metrics of each service."""

    def __init__(self, services: Iterable[RunningService], series: MetricSeries) -> None:
        self._services = tuple(services)
        self._series = series

    async def scrape(self) -> None:
        """Scrapes all services once."""
        answered = await asyncio.gather(*(service.scrape(TIMEOUT_SECONDS) for service in self._services))
        now = time.time()
        for service, names in zip(self._services, answered, strict=True):
            self._series.add(service.design.name, now, service.window.close_scrape(now, names))

    async def run(self) -> None:
        """Scrapes at fixed times, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += EVERY_SECONDS
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self.scrape()
