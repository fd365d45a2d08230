import time

import pytest

from demo.shop.alarm import Alarm
from demo.shop.annotations import Annotations
from demo.shop.metric_series import MetricSeries


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"latency_p95_seconds": 0.8, "error_ratio": 0.0}, "alert: web p95 0.80 s, errors 0%"),
        ({"latency_p95_seconds": 0.1, "error_ratio": 0.2}, "alert: web p95 0.10 s, errors 20%"),
    ],
)
def test_an_alarm_fires_for_its_own_service_only(bad: dict[str, float], text: str) -> None:
    """An alarm fires if its own service is slow or fails, and not for another service."""
    series, annotations, now = MetricSeries(), Annotations(), time.time()
    alarm = Alarm("web", series, annotations)
    assert not alarm.fires(), "the alarm fires without measurements"
    series.add("web", now - 2, {"latency_p95_seconds": 0.1, "error_ratio": 0.0})
    series.add("payments", now - 2, bad)
    assert not alarm.fires()
    series.add("web", now - 1, bad)
    assert alarm.fires()
    (alert,) = annotations.between(0, (now + 10) * 1000, ["alert"])
    assert (alert.text, alert.tags) == (text, ("alert", "web"))
