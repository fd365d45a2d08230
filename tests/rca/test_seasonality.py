"""A value that is usual at its hour is no incident; the same value at another hour is one."""

import numpy as np
import pytest

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.engine import analyze
from rca.seasonality import deseasonalized
from rca.series import Floats, time_series
from rca.telemetry import Telemetry

_DAY, _HOUR, _STEP = 86_400, 3_600, 300
_START = 1_700_006_400.0  # a midnight, UTC
_PEAK, _NIGHT = 14, 3  # hours of the day


def usual(times: Floats, seed: int, *, weekly: bool = False) -> Floats:
    """A latency that is four times as high at two in the afternoon as at two at night."""
    season = 1 + 0.6 * np.cos(2 * np.pi * (times % _DAY / _DAY - _PEAK / 24))
    if weekly:
        season = np.where(times // _DAY % 7 < 2, 0.4, season)  # quiet at the weekend
    noise: Floats = np.random.default_rng(seed).normal(1, 0.05, times.size)
    return 0.1 * season * noise


def hours(first: float, last: float) -> Floats:
    """Times five minutes apart, between two hours since the start."""
    return np.arange(_START + first * _HOUR, _START + last * _HOUR, _STEP)


def diagnosed(times: Floats, added: Floats | None = None, baseline_times: Floats | None = None) -> Diagnosis:
    """The diagnosis of two services, where front calls back; `added` is extra latency of back."""
    all_series = []
    for seed, name in enumerate(("front", "back")):
        values = usual(times, seed) + (0 if added is None else added)
        baseline = None if baseline_times is None else usual(baseline_times, 10 + seed)
        metric = "latency_p95_seconds"
        all_series.append(
            time_series(f"{name}/latency", name, metric, times, values, "s", (), baseline, baseline_times)
        )
    return analyze(Telemetry(tuple(all_series), (), (), (Dependency(caller="front", callee="back"),)))


def test_an_ordinary_peak_is_healthy() -> None:
    """A daily peak is healthy, both after several days and beside a baseline of three days."""
    assert diagnosed(hours(0, 3 * 24 + _PEAK + 1)).verdict is DiagnosisVerdict.HEALTHY
    afternoon = hours(4 * 24 + _PEAK - 2, 4 * 24 + _PEAK + 1)
    assert diagnosed(afternoon, baseline_times=hours(0, 72)).verdict is DiagnosisVerdict.HEALTHY


def test_a_peak_at_an_unusual_hour_is_found() -> None:
    """The latency of an afternoon is an incident at night, because of the season alone."""
    times = hours(0, 4 * 24 + _NIGHT + 2)
    onset = _START + (4 * 24 + _NIGHT) * _HOUR
    added = np.where(times >= onset, 0.08, 0.0)
    assert usual(times, 1)[times >= onset].max() + 0.08 < usual(times, 1).max()
    diagnosis = diagnosed(times, added)
    assert diagnosis.verdict is DiagnosisVerdict.FOUND
    assert diagnosis.root_cause_candidates[0].service == "back"
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset.timestamp() - onset) <= 2 * _STEP
    evidence = diagnosis.root_cause_candidates[0].evidence
    cited = next(citation for citation in evidence if citation.id == "back/latency")
    expected = np.median((usual(times, 1) + added)[times >= onset])
    assert cited.after == pytest.approx(expected, rel=0.1)


def test_a_night_is_compared_with_nights() -> None:
    """With a separate baseline, the latency of an afternoon is an incident at night."""
    night = hours(5 * 24 + _NIGHT, 5 * 24 + _NIGHT + 1.5)
    diagnosis = diagnosed(night, np.full(night.size, 0.08), baseline_times=hours(0, 72))
    assert diagnosis.verdict is DiagnosisVerdict.FOUND
    assert diagnosis.root_cause_candidates[0].service == "back"


def test_a_weekly_season_includes_the_weekend() -> None:
    """After two weeks of normal operation, neither days nor the weekend remain in the third."""
    baseline_times, times = hours(0, 14 * 24), hours(14 * 24, 21 * 24)
    series = time_series(
        "a/latency",
        "a",
        "latency",
        times,
        usual(times, 1, weekly=True),
        baseline=usual(baseline_times, 2, weekly=True),
        baseline_times=baseline_times,
    )
    adjusted = deseasonalized(series)
    assert adjusted.values.std() < 0.2 * series.values.std()
    assert adjusted.baseline.std() < 0.2 * series.baseline.std()


@pytest.mark.parametrize("length", [1, 30, 47])
def test_without_two_periods_there_is_no_season(length: float) -> None:
    """A period that occurs only once stays in the series."""
    times = hours(0, length)
    series = time_series("a/latency", "a", "latency", times, usual(times, 3))
    assert deseasonalized(series) is series


def test_a_single_event_is_no_season() -> None:
    """Noise, and noise with one bad night in it, stay unchanged."""
    times = hours(0, 6 * 24)
    noise: Floats = np.random.default_rng(4).normal(1, 0.1, times.size)
    bad_night = np.where((times > _START + 50 * _HOUR) & (times < _START + 55 * _HOUR), 3.0, 0.0)
    for values in (noise, noise + bad_night):
        series = time_series("a/latency", "a", "latency", times, values)
        assert deseasonalized(series) is series


def test_gaps_and_odd_values_make_no_difference() -> None:
    """With every third sample missing, some infinite and some repeated, the season is removed as well."""
    times = hours(0, 6 * 24)
    values = usual(times, 5)
    values[::3], values[1::50] = np.nan, np.inf
    order = np.random.default_rng(6).permutation(np.concatenate([np.arange(times.size), np.arange(40)]))
    series = time_series("a/latency", "a", "latency", times[order], values[order])
    adjusted = deseasonalized(series)
    assert np.isfinite(adjusted.values).all()
    assert adjusted.values.std() < 0.3 * series.values.std()


@pytest.mark.parametrize("step", [600, 3_600, 7_000])
def test_the_interval_between_samples_is_free(step: int) -> None:
    """A season is removed at any interval between samples, even one that does not divide a day."""
    times = np.arange(_START, _START + 8 * _DAY, step)
    series = time_series("a/latency", "a", "latency", times, usual(times, 7))
    assert deseasonalized(series).values.std() < 0.4 * series.values.std()


def test_a_baseline_without_times_has_no_season() -> None:
    """Its samples belong to no hour of the day."""
    times = hours(0, 6 * 24)
    series = time_series("a/latency", "a", "latency", times, usual(times, 8), baseline=usual(times, 9))
    assert deseasonalized(series) is series


def test_a_distant_time_costs_no_memory() -> None:
    """One sample of 1970 and one of 2090 among a week's do not make a table of all days between."""
    times = np.concatenate([[0.0], hours(0, 7 * 24), [3.8e9]])
    series = time_series("a/latency", "a", "latency", times, np.ones(times.size))
    assert deseasonalized(series) is series
