"""The engine on generated shops that resemble public data sets; bench/rca.py has the figures."""

from dataclasses import replace

import numpy as np
import pytest

from bench._shop_faults import healthy_shops, incidents
from bench._telemetry import telemetry_of_shop
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.engine import analyze
from rca.log_templates import LogTemplateMiner
from rca.reported_symptom import ReportedSymptom
from rca.series import Floats, TimeSeries, time_series
from rca.telemetry import Telemetry

_SEED = 41
_START = 1.7e9
_STEP = 15.0  # seconds


def first(diagnosis: Diagnosis) -> str:
    return diagnosis.root_cause_candidates[0].service if diagnosis.root_cause_candidates else ""


def test_most_causes_come_first() -> None:
    """At least 85 % of the causes come first, with and without graph, onset and reported symptom."""
    hits = [
        first(analyze(*telemetry_of_shop(incident))) == incident.case.cause
        for incident in incidents(45, _SEED)
    ]
    assert sum(hits) >= 0.85 * len(hits)


def test_no_cause_is_claimed_in_healthy_shops() -> None:
    """Busy hours, in which everything is a little slower, are no incident."""
    claimed = []
    for shop in healthy_shops(30, _SEED):
        telemetry, reported, _ = telemetry_of_shop(shop)
        if analyze(telemetry, reported).verdict is DiagnosisVerdict.FOUND:
            claimed.append(shop.case.seed)
    assert claimed == []


def _series(service: str, metric: str, values: Floats) -> TimeSeries:
    times = np.asarray(_START + _STEP * np.arange(values.size), dtype=np.float64)
    return time_series(f"{service}/{metric}", service, metric, times, values)


def _noisy(level: float, size: int, seed: int, noise: float = 0.1) -> Floats:
    return np.asarray(level * np.random.default_rng(seed).lognormal(0, noise, size), dtype=np.float64)


def test_a_resource_without_symptoms_is_reported_and_not_claimed() -> None:
    """A disk that is thirty times as busy as before is reported, and the verdict is inconclusive."""
    disk = _noisy(1e3, 120, 1, 0.3)
    disk[60:] *= 30
    normal = [
        _series(name, metric, _noisy(level, 120, seed))
        for seed, (name, metric, level) in enumerate(
            [("web", "latency", 0.1), ("web", "error", 0.01), ("cart", "latency", 0.1), ("cart", "cpu", 0.3)]
        )
    ]
    diagnosis = analyze(Telemetry((*normal, _series("cart", "diskio", disk)), (), (), ()))
    assert (diagnosis.verdict, first(diagnosis)) == (DiagnosisVerdict.INCONCLUSIVE, "cart")
    assert "diskio of cart is far above normal" in diagnosis.summary


@pytest.mark.parametrize("size", [40, 80, 2000])
def test_the_onset_of_a_leak_is_where_memory_leaves_its_level(size: int) -> None:
    """The onset of a leak is where memory starts to grow, not where the service becomes slow."""
    since = np.maximum(np.arange(size) - size // 2, 0) / size
    all_series = (
        _series("cart", "mem", _noisy(2e8, size, 1, 0.01) * (1 + 4 * since)),
        _series("cart", "latency", _noisy(0.05, size, 2) * (1 + 40 * np.maximum(since - 0.25, 0))),
        _series("web", "latency", _noisy(0.1, size, 3) + 2 * np.maximum(since - 0.25, 0)),
    )
    diagnosis = analyze(Telemetry(all_series, (), (), (Dependency(caller="web", callee="cart"),)))
    assert first(diagnosis) == "cart"
    assert diagnosis.onset is not None
    expected = _START + _STEP * (size // 2)
    assert abs(diagnosis.onset.timestamp() - expected) <= _STEP * max(2, 0.05 * size)


def test_an_unmeasured_service_explains_no_more_than_its_callers_do() -> None:
    """A service waits longer than its callees do, so the cause is not a callee of theirs."""
    size = 200
    is_late = np.arange(size) >= size // 2
    calls = (("gateway", "left"), ("gateway", "right"), ("left", "db"))
    all_series = (
        _series("gateway", "latency", _noisy(0.2, size, 1) + 0.5 * is_late),
        _series("left", "latency", _noisy(0.05, size, 2) + 0.03 * is_late),
        _series("right", "latency", _noisy(0.05, size, 3)),
    )
    dependencies = tuple(Dependency(caller=caller, callee=callee) for caller, callee in calls)
    telemetry = Telemetry(all_series, (), (), dependencies)
    assert first(analyze(telemetry, ReportedSymptom("gateway", "latency"))) != "db"


def test_a_caller_that_times_out_is_not_the_origin() -> None:
    """If a caller fails because its callee is slow, the callee is the origin."""
    size = 200
    is_late = np.arange(size) >= size // 2
    failing = np.asarray(0.001 + 0.2 * is_late * _noisy(1, size, 4), dtype=np.float64)
    all_series = (
        _series("web", "latency", _noisy(0.2, size, 1) + 0.5 * is_late),
        _series("web", "error_ratio", failing),
        _series("cart", "latency", _noisy(0.05, size, 2) + 0.6 * is_late),
        _series("cart", "error_ratio", _noisy(0.001, size, 3)),
    )
    diagnosis = analyze(Telemetry(all_series, (), (), (Dependency(caller="web", callee="cart"),)))
    assert (diagnosis.verdict, first(diagnosis)) == (DiagnosisVerdict.FOUND, "cart")


def test_the_same_statistic_is_compared() -> None:
    """A caller's percentile is compared with the same percentile of its callee."""
    size = 200
    is_late = np.arange(size) >= size // 2
    all_series = (
        _series("web", "latency-50", _noisy(0.2, size, 1, 0.4) + 0.3 * is_late),
        _series("web", "latency-99", _noisy(0.4, size, 2, 0.05) + 0.9 * is_late),
        _series("cart", "latency-50", _noisy(0.05, size, 3, 0.05) + 0.3 * is_late),
        _series("cart", "latency-99", _noisy(0.1, size, 4, 0.4) + 0.9 * is_late),
    )
    diagnosis = analyze(Telemetry(all_series, (), (), (Dependency(caller="web", callee="cart"),)))
    assert (diagnosis.verdict, first(diagnosis)) == (DiagnosisVerdict.FOUND, "cart")


def test_errors_name_services_by_whole_words() -> None:
    """A line about "user-db" says nothing about "user"."""
    miner = LogTemplateMiner()
    for place in range(100):
        miner.add(_START + _STEP * place, "orders", "INFO", "ok")
        if place >= 50:
            miner.add(_START + _STEP * place, "orders", "ERROR", "no answer from http://user-db:5432/")
    all_series = tuple(
        _series(name, "latency", _noisy(0.1, 100, 1)) for name in ("orders", "user", "user-db")
    )
    telemetry = Telemetry(all_series, (), (), (), log_templates=tuple(miner.templates.values()))
    diagnosis = analyze(telemetry, None, _START + _STEP * 50)
    evidence = {candidate.service: candidate.evidence for candidate in diagnosis.root_cause_candidates}
    assert any("user-db" in citation.description for citation in evidence["user-db"])
    assert not any("user-db" in citation.description for citation in evidence.get("user", ()))


def test_the_timeline_shows_when_each_series_became_worse() -> None:
    """The timeline lists anomalies and changes in order of time."""
    incident = next(incident for incident in incidents(9, _SEED) if incident.case.fault == "config")
    telemetry, reported, _ = telemetry_of_shop(incident)
    diagnosis = analyze(replace(telemetry, log_templates=()), reported, incident.case.onset)
    times = [moment.timestamp for moment in diagnosis.timeline]
    assert times == sorted(times)
    assert {moment.type for moment in diagnosis.timeline} >= {"config_change", "anomaly"}
    (earliest, *_) = [moment.timestamp for moment in diagnosis.timeline if moment.type == "anomaly"]
    step = float(incident.case.times[1] - incident.case.times[0])
    assert abs(earliest.timestamp() - incident.case.onset) <= max(16 * step, 240)
