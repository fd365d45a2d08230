import numpy as np
import pytest

from rca.level_changes import monotonicity, ramp_change, robust_sigma, step_change
from rca.roles import SeriesRole, role_of


@pytest.mark.parametrize("at", [10, 37, 100])
def test_a_step_is_found_where_it_is(at: int) -> None:
    """A step is found within two samples, in noise of a tenth of its size."""
    values = np.random.default_rng(at).normal(0, 0.1, 120)
    values[at:] += 1
    change = step_change(values, 0.2)
    assert change is not None
    assert abs(change.onset - at) <= 2


def test_a_rise_that_is_over_is_none() -> None:
    """A rise that ended before the end of the series is not reported."""
    values = np.zeros(120)
    values[40:80] = 1
    assert step_change(values, 0.2) is None


def test_the_last_rise_counts() -> None:
    """An earlier incident in the same window does not move the onset."""
    values = np.zeros(120)
    values[10:40], values[80:] = 1, 1
    change = step_change(values, 0.2)
    assert change is not None
    assert (change.start, change.onset, change.clear) == (40, 80, 80)


def test_single_spikes_are_no_rise() -> None:
    """A level needs more than two samples."""
    values = np.zeros(120)
    values[[30, 31, 70, 118]] = 1
    assert step_change(values, 0.2) is None


@pytest.mark.parametrize("at", [20, 60, 90])
def test_a_ramp_is_found_where_it_turns_up(at: int) -> None:
    """A ramp is found within five samples of its start, and its growth is monotonic."""
    values = 100 + np.random.default_rng(at).normal(0, 0.5, 120) + np.maximum(np.arange(120) - at, 0)
    change = ramp_change(values)
    assert change is not None
    assert abs(change.onset - at) <= 5
    assert monotonicity(values[change.onset :]) > 0.9


def test_growth_before_a_restart_is_ignored() -> None:
    """Memory that grew before the fall is not part of this incident."""
    values = np.concatenate([np.linspace(100, 300, 60), np.full(30, 100.0), np.linspace(100, 200, 30)])
    change = ramp_change(values)
    assert change is not None
    assert abs(change.onset - 90) <= 5


def test_nothing_is_found_in_too_little() -> None:
    """Fewer samples than two levels of the shortest length have no change."""
    for size in range(10):
        assert step_change(np.arange(float(size)), 0.1) is None
        assert ramp_change(np.arange(float(size))) is None
    assert robust_sigma(np.array([])) == 0.0


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("latency_p95_seconds", SeriesRole.LATENCY),
        ("http_request_duration_seconds", SeriesRole.LATENCY),
        ("Response time", SeriesRole.LATENCY),
        ("request_errors_per_second", SeriesRole.ERRORS),
        ("requests_per_second", SeriesRole.TRAFFIC),
        ("process_resident_memory_bytes", SeriesRole.MEMORY),
        ("cpu_ratio", SeriesRole.SATURATION),
        ("db_pool_in_use", SeriesRole.SATURATION),
        ("db_pool_size", SeriesRole.OTHER),
        ("pool_wait_seconds", SeriesRole.SATURATION),
        ("provider_latency_seconds", SeriesRole.EXTERNAL),
        ("temperature", SeriesRole.OTHER),
        ("container-memory-failcnt", SeriesRole.MEMORY),
        ("container-memory-failures-total", SeriesRole.MEMORY),
        ("container-network-receive-errors-total", SeriesRole.OTHER),
        ("default.connections", SeriesRole.SATURATION),
        ("consumer_lag", SeriesRole.SATURATION),
        ("5xx_rate", SeriesRole.ERRORS),
    ],
)
def test_a_metrics_name_says_what_it_measures(metric: str, role: SeriesRole) -> None:
    """A name without known words has no role."""
    assert role_of(metric) is role
