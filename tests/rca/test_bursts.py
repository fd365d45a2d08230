"""What people complain about may come and go, and logs alone may tell of an incident."""

import numpy as np
import pytest
from observed_system import Floats

from rca.bursts import bursts_of
from rca.log_templates import LogTemplateMiner, first_new_error
from rca.series import TimeSeries, time_series

_SAMPLES = 60


def _latency(bad: tuple[int, ...]) -> TimeSeries:
    """A minute for each sample, about 50 ms; 400 ms in the bad ones."""
    values = 0.05 * np.random.default_rng(7).lognormal(0, 0.1, _SAMPLES)
    values[list(bad)] = 0.4
    times = np.linspace(0.0, 60.0 * (_SAMPLES - 1), _SAMPLES)
    return time_series("cart/latency", "cart", "latency_p95_seconds", times, values, "s")


@pytest.mark.parametrize("bad", [(10, 11, 12), (5, 6, 7, 30, 31), (20, 21, 40, 41, 55, 56)])
def test_bad_moments_are_those_of_the_complaint(bad: tuple[int, ...]) -> None:
    moments = bursts_of([_latency(bad)])
    assert moments is not None
    assert moments.tolist() == [60.0 * place for place in bad]


@pytest.mark.parametrize(
    "bad",
    [(), (30,), (3, 4), (10, 30, 50), tuple(range(50, 60)), (10, 11, 58, 59), tuple(range(10, 40))],
    ids=[
        "nothing",
        "one sample",
        "two samples",
        "single samples",
        "a step to the end",
        "it goes on",
        "half of the window",
    ],
)
def test_what_does_not_come_and_go_has_no_bursts(bad: tuple[int, ...]) -> None:
    assert bursts_of([_latency(bad)]) is None


def test_the_series_that_shows_most_of_it_counts() -> None:
    moments = bursts_of([_latency((10, 11, 12)), _latency((10, 11, 30, 31))])
    assert moments is not None
    assert moments.size == 4


def _onset(failures: Floats, since: float = 600.0) -> float | None:
    """The onset by ten minutes of logs: a routine line each second, and failures at these seconds.

    `since` is when the failing service's own routine lines begin.
    """
    miner = LogTemplateMiner()
    for at in np.arange(since, 600.0):
        miner.add(float(at), "seats", "info", "cache is warm")
    for second in range(600):
        miner.add(second, "web", "info", "GET / 200")
    for at in failures:
        miner.add(float(at), "seats", "error", "decode row: unexpected end of input")
    return first_new_error(miner.templates.values())


def test_a_new_failure_that_lasts_is_an_onset() -> None:
    assert _onset(np.arange(300.0, 600.0, 7)) == 300


@pytest.mark.parametrize(
    "failures",
    [np.arange(2.0, 600.0, 7), np.arange(300.0, 420.0, 5), np.array([400.0, 500.0, 599.0])],
    ids=["as ever", "over", "few"],
)
def test_other_failures_are_none(failures: Floats) -> None:
    assert _onset(failures) is None


def test_a_listing_that_begins_late_is_no_onset() -> None:
    """The page has the latest lines of a chatty service: what else it logs begins at the same moment."""
    failures = np.arange(480.0, 600.0, 5)
    assert _onset(failures, since=480) is None
    assert _onset(failures, since=300) == 480


def test_the_first_of_several_new_failures_is_the_onset() -> None:
    """The database fails first, and its callers more often."""
    miner = LogTemplateMiner()
    for second in range(600):
        miner.add(second, "web", "info", "GET / 200")
    for at in range(300, 600, 15):
        miner.add(at, "orders-db", "error", "could not extend file: No space left on device")
    for at in range(340, 600):
        miner.add(at, "orders", "error", "insert failed")
    assert first_new_error(miner.templates.values()) == 300
