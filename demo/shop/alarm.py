import asyncio
import time
from typing import Final

from demo.shop.annotations import Annotations
from demo.shop.metric_series import MetricSeries

SLOW_SECONDS: Final = 0.3
FAILING_SHARE: Final = 0.1
EVERY_SECONDS: Final = 0.5


class Alarm:
    """An alert on the symptoms of one service: it names that service, whichever is the cause."""

    def __init__(self, service: str, series: MetricSeries, annotations: Annotations) -> None:
        self._service = service
        self._series = series
        self._annotations = annotations

    async def run(self) -> None:
        """Returns when it has fired."""
        while not self.fires():  # noqa: ASYNC110  a series has no event to wait for
            await asyncio.sleep(EVERY_SECONDS)

    def fires(self) -> bool:
        """Whether the newest values are bad; then it adds its annotation."""
        latency = self._newest("latency_p95_seconds")
        errors = self._newest("error_ratio")
        if latency <= SLOW_SECONDS and errors <= FAILING_SHARE:
            return False
        text = f"alert: {self._service} p95 {latency:.2f} s, errors {errors:.0%}"
        self._annotations.add("alert", self._service, time.time(), text, {"actor": "monitoring"})
        return True

    def _newest(self, metric: str) -> float:
        now = time.time()
        return next((value for _, value in self._series.on_grid(metric, self._service, now, now, 1.0)), 0.0)
