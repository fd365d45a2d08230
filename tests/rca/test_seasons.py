"""Seasons: what is ordinary at its hour is no incident, and the same at another hour is one."""

import numpy as np
import pytest

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.examination import examine
from rca.seasons import without_season
from rca.tables import Floats, Table, track

_DAY, _HOUR, _STEP = 86_400, 3_600, 300
_START = 1_700_006_400.0  # a midnight, UTC
_PEAK, _NIGHT = 14, 3  # hours of the day


def usual(times: Floats, seed: int, *, weekly: bool = False) -> Floats:
    """A latency that is four times as high at two in the afternoon as at two at night."""
    tide = 1 + 0.6 * np.cos(2 * np.pi * (times % _DAY / _DAY - _PEAK / 24))
    if weekly:
        tide = np.where(times // _DAY % 7 < 2, 0.4, tide)  # quiet at the weekend
    noise: Floats = np.random.default_rng(seed).normal(1, 0.05, times.size)
    return 0.1 * tide * noise


def span(first: float, last: float) -> Floats:
    """Hours since the start, as times five minutes apart."""
    return np.arange(_START + first * _HOUR, _START + last * _HOUR, _STEP)


def told(times: Floats, ill: Floats | None = None, before: Floats | None = None) -> Diagnosis:
    """Two services, one calling the other; `ill` is added to the latency of who is called."""
    rows = []
    for seed, name in enumerate(("front", "back")):
        values = usual(times, seed) + (0 if ill is None else ill)
        normal = None if before is None else usual(before, 10 + seed)
        metric = "latency_p95_seconds"
        rows.append(track(f"{name}/latency", name, metric, times, values, "s", (), normal, before))
    return examine(Table(tuple(rows), (), (), (Dependency(caller="front", callee="back"),)))


def test_an_ordinary_peak_is_healthy() -> None:
    """Four days that end at the busiest hour; and an afternoon beside three days of normal operation."""
    assert told(span(0, 3 * 24 + _PEAK + 1)).verdict is DiagnosisVerdict.HEALTHY
    afternoon = span(4 * 24 + _PEAK - 2, 4 * 24 + _PEAK + 1)
    assert told(afternoon, before=span(0, 72)).verdict is DiagnosisVerdict.HEALTHY


def test_a_peak_at_a_wrong_hour_is_found() -> None:
    """At night no more than what every afternoon sees: by the season alone it is an incident."""
    times = span(0, 4 * 24 + _NIGHT + 2)
    began = _START + (4 * 24 + _NIGHT) * _HOUR
    ill = np.where(times >= began, 0.08, 0.0)
    assert usual(times, 1)[times >= began].max() + 0.08 < usual(times, 1).max()
    found = told(times, ill)
    assert found.verdict is DiagnosisVerdict.FOUND
    assert found.root_cause_candidates[0].service == "back"
    assert found.onset is not None
    assert abs(found.onset.timestamp() - began) <= 2 * _STEP
    cited = next(one for one in found.root_cause_candidates[0].evidence if one.id == "back/latency")
    assert cited.after == pytest.approx(np.median((usual(times, 1) + ill)[times >= began]), rel=0.1)


def test_a_night_is_compared_with_nights() -> None:
    """Normal operation is a file of its own: an hour at night with the values of an afternoon."""
    night = span(5 * 24 + _NIGHT, 5 * 24 + _NIGHT + 1.5)
    found = told(night, np.full(night.size, 0.08), before=span(0, 72))
    assert found.verdict is DiagnosisVerdict.FOUND
    assert found.root_cause_candidates[0].service == "back"


def test_a_week_tells_its_weekend() -> None:
    """Two weeks of normal operation: what is left of a third has neither days nor a weekend in it."""
    before, times = span(0, 14 * 24), span(14 * 24, 21 * 24)
    one = track(
        "a/latency",
        "a",
        "latency",
        times,
        usual(times, 1, weekly=True),
        normal=usual(before, 2, weekly=True),
        normal_times=before,
    )
    left = without_season(one)
    assert left.values.std() < 0.2 * one.values.std()
    assert left.normal.std() < 0.2 * one.normal.std()


@pytest.mark.parametrize("hours", [1, 30, 47])
def test_without_two_periods_there_is_no_season(hours: float) -> None:
    """Nothing is taken out of what has been seen once."""
    times = span(0, hours)
    one = track("a/latency", "a", "latency", times, usual(times, 3))
    assert without_season(one) is one


def test_what_happened_once_is_no_season() -> None:
    """Noise, and noise with one bad night in it, stay as they are."""
    times = span(0, 6 * 24)
    noise: Floats = np.random.default_rng(4).normal(1, 0.1, times.size)
    bad = np.where((times > _START + 50 * _HOUR) & (times < _START + 55 * _HOUR), 3.0, 0.0)
    for values in (noise, noise + bad):
        one = track("a/latency", "a", "latency", times, values)
        assert without_season(one) is one


def test_gaps_and_odd_values_make_no_difference() -> None:
    """Every third sample missing, some infinite, some repeated: the season is taken out all the same."""
    times = span(0, 6 * 24)
    values = usual(times, 5)
    values[::3], values[1::50] = np.nan, np.inf
    order = np.random.default_rng(6).permutation(np.concatenate([np.arange(times.size), np.arange(40)]))
    one = track("a/latency", "a", "latency", times[order], values[order])
    left = without_season(one)
    assert np.isfinite(left.values).all()
    assert left.values.std() < 0.3 * one.values.std()


@pytest.mark.parametrize("step", [600, 3_600, 7_000])
def test_the_season_is_told_by_samples_as_they_come(step: int) -> None:
    """Ten minutes, an hour, and what does not divide a day."""
    times = np.arange(_START, _START + 8 * _DAY, step)
    one = track("a/latency", "a", "latency", times, usual(times, 7))
    assert without_season(one).values.std() < 0.4 * one.values.std()


def test_a_normal_without_times_is_left_alone() -> None:
    """Who cannot be put at its hour is not compared with hours."""
    times = span(0, 6 * 24)
    one = track("a/latency", "a", "latency", times, usual(times, 8), normal=usual(times, 9))
    assert without_season(one) is one


def test_a_time_far_away_costs_nothing() -> None:
    """One sample of 1970 and one of 2090 among a week's: no table of a century's days is made."""
    times = np.concatenate([[0.0], span(0, 7 * 24), [3.8e9]])
    one = track("a/latency", "a", "latency", times, np.ones(times.size))
    assert without_season(one) is one
