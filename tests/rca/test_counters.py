"""Raw counters become rates before they are compared."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pytest

from missions.evidence import Evidence, Origin, Series
from missions.measurement import MeasuredRole
from missions.plan import Phase, Window
from rca.counters import rate_of_counter
from rca.series import TimeSeries, time_series
from rca.telemetry import telemetry_of

T0 = 1_780_000_000.0


def counter(
    metric: str, totals: list[float], labels: Mapping[str, str] | None = None, step: float = 15.0
) -> TimeSeries:
    """The series as the folder's readers make it."""
    times = np.array([T0 + step * place for place in range(len(totals))])
    return time_series(metric, "pay", metric, times, np.array(totals), labels=tuple((labels or {}).items()))


@pytest.mark.parametrize(
    ("metric", "labels", "role", "unit"),
    [
        ("http_requests_total", {}, MeasuredRole.TRAFFIC, "requests/s"),
        ("http_requests_total", {"code": "503"}, MeasuredRole.ERRORS, "errors/s"),
        ("process_cpu_seconds_total", {}, MeasuredRole.USAGE, "cores"),
        ("http_request_duration_seconds_count", {}, MeasuredRole.TRAFFIC, "requests/s"),
        ("pay_failures_total", {}, MeasuredRole.ERRORS, "errors/s"),
    ],
)
def test_e5_2_a_raw_counter_is_compared_by_its_rate(
    metric: str, labels: dict[str, str], role: MeasuredRole, unit: str
) -> None:
    """With the role and the unit of the rate."""
    series = rate_of_counter(counter(metric, [100, 130, 160, 220], labels))
    assert series.values.tolist() == [2, 2, 4]
    assert series.times.tolist() == [T0 + 15, T0 + 30, T0 + 45]
    assert (series.meaning.role, series.meaning.unit) == (role, unit)
    assert not series.meaning.cumulative


def test_e5_2_a_reset_counts_from_zero() -> None:
    """A restart loses no more than what was counted before it."""
    series = rate_of_counter(counter("http_requests_total", [0, 150, 300, 450, 600, 750, 30, 180]))
    assert series.values.tolist() == [10, 10, 10, 10, 10, 2, 10]


def test_e5_2_gaps_lengthen_the_interval() -> None:
    """The rate is over the time that has passed."""
    series = counter("http_requests_total", [0, 150, float("nan"), 450])
    assert rate_of_counter(series).values.tolist() == [10, 10]


def test_e5_2_a_step_shorter_than_the_scrape_gives_no_jumps() -> None:
    """A total that stays for three of four samples was scraped at every fourth."""
    totals = [float(60 * (i // 4)) for i in range(40)]
    assert set(rate_of_counter(counter("http_requests_total", totals, step=5)).values.tolist()) == {3.0}


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("http_requests_total", [40, 38, 41, 39, 40, 42]),
        ("pay_errors_total", [0, 0, 3, 0, 0, 1, 0]),
        ("latency_seconds", [1, 2, 3, 4]),
        ("memory_total", [8, 8, 8, 8]),
    ],
)
def test_e5_2_what_is_no_running_total_stays(metric: str, values: list[float]) -> None:
    """A name alone makes no counter: requests of each minute fall as often as they rise."""
    series = counter(metric, values)
    assert rate_of_counter(series).values.tolist() == values


def test_e5_2_the_evidence_of_pages_has_rates(tmp_path: object) -> None:
    """Live series are treated as those of files."""
    del tmp_path
    now = datetime.fromtimestamp(T0, UTC)
    recorded = Series(
        id="1",
        panel="Requests",
        service="pay",
        metric="http_requests_total",
        unit="",
        query="http_requests_total",
        origin=Origin.API,
        points=tuple((T0 + 15 * i, 150.0 * i) for i in range(4)),
    )
    evidence = Evidence(target="t", phase=Phase.BEFORE, window=Window(start=now, end=now), series=(recorded,))
    (series,) = telemetry_of((evidence,)).series
    assert series.values.tolist() == [10, 10, 10]
