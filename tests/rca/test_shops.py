"""The engine on made-up shops in the manner of public sets, and what they taught. Figures: bench/rca.py."""

from dataclasses import replace

import numpy as np
import pytest

from bench._reading import read
from bench._shop_faults import incidents, quiet
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.examination import examine
from rca.focus import Focus
from rca.tables import Floats, Table, Track, track
from rca.templates import Miner

_SEED = 41
_START = 1.7e9


def first(diagnosis: Diagnosis) -> str:
    return diagnosis.root_cause_candidates[0].service if diagnosis.root_cause_candidates else ""


def test_most_causes_come_first() -> None:
    """Of every fault, with and without graph, onset and complaint."""
    hits = [first(examine(*read(one))) == one.case.cause for one in incidents(45, _SEED)]
    assert sum(hits) >= 0.85 * len(hits)


def test_nothing_is_claimed_of_shops_to_which_nothing_happens() -> None:
    """Busier hours make everything a little slower."""
    claimed = []
    for one in quiet(30, _SEED):
        table, focus, _ = read(one)
        claimed += [one.case.seed] if examine(table, focus).verdict is DiagnosisVerdict.FOUND else []
    assert claimed == []


def _track(service: str, metric: str, values: Floats, every: float = 15.0) -> Track:
    times = np.asarray(_START + every * np.arange(values.size), dtype=np.float64)
    return track(f"{service}/{metric}", service, metric, times, values)


def _noisy(level: float, size: int, seed: int, noise: float = 0.1) -> Floats:
    return np.asarray(level * np.random.default_rng(seed).lognormal(0, noise, size), dtype=np.float64)


def test_a_resource_that_nobody_suffers_from_is_told_and_not_claimed() -> None:
    """Not healthy either: its disk is thirty times as busy as it was."""
    disk = _noisy(1e3, 120, 1, 0.3)
    disk[60:] *= 30
    quiet_tracks = [
        _track(name, metric, _noisy(level, 120, seed))
        for seed, (name, metric, level) in enumerate(
            [("web", "latency", 0.1), ("web", "error", 0.01), ("cart", "latency", 0.1), ("cart", "cpu", 0.3)]
        )
    ]
    found = examine(Table((*quiet_tracks, _track("cart", "diskio", disk)), (), (), ()))
    assert (found.verdict, first(found)) == (DiagnosisVerdict.INCONCLUSIVE, "cart")
    assert "diskio of cart is far above normal" in found.summary


@pytest.mark.parametrize("size", [40, 80, 2000])
def test_memory_that_grows_is_dated_by_where_it_leaves_its_level(size: int) -> None:
    """Not by where its service becomes slow, which is later; also in a few samples."""
    since = np.maximum(np.arange(size) - size // 2, 0) / size
    tracks = (
        _track("cart", "mem", _noisy(2e8, size, 1, 0.01) * (1 + 4 * since)),
        _track("cart", "latency", _noisy(0.05, size, 2) * (1 + 40 * np.maximum(since - 0.25, 0))),
        _track("web", "latency", _noisy(0.1, size, 3) + 2 * np.maximum(since - 0.25, 0)),
    )
    found = examine(Table(tracks, (), (), (Dependency(caller="web", callee="cart"),)))
    assert first(found) == "cart"
    assert found.onset is not None
    assert abs(found.onset.timestamp() - _START - 15 * (size // 2)) <= 15 * max(2, 0.05 * size)


def test_who_is_unmeasured_explains_no_more_than_those_who_ask_it() -> None:
    """The gateway waits longer than what it asks, and so not for what that asks."""
    size = 200
    late = np.arange(size) >= size // 2
    calls = (("gateway", "left"), ("gateway", "right"), ("left", "db"))
    tracks = (
        _track("gateway", "latency", _noisy(0.2, size, 1) + 0.5 * late),
        _track("left", "latency", _noisy(0.05, size, 2) + 0.03 * late),
        _track("right", "latency", _noisy(0.05, size, 3)),
    )
    table = Table(tracks, (), (), tuple(Dependency(caller=a, callee=b) for a, b in calls))
    assert first(examine(table, Focus("gateway", "latency"))) != "db"


def test_who_times_out_does_not_fail_of_itself() -> None:
    """The callee is slow and never fails; its caller gives up on it."""
    size = 200
    late = np.arange(size) >= size // 2
    tracks = (
        _track("web", "latency", _noisy(0.2, size, 1) + 0.5 * late),
        _track("web", "error_ratio", np.asarray(0.001 + 0.2 * late * _noisy(1, size, 4), dtype=np.float64)),
        _track("cart", "latency", _noisy(0.05, size, 2) + 0.6 * late),
        _track("cart", "error_ratio", _noisy(0.001, size, 3)),
    )
    found = examine(Table(tracks, (), (), (Dependency(caller="web", callee="cart"),)))
    assert (found.verdict, first(found)) == (DiagnosisVerdict.FOUND, "cart")


def test_statistics_of_one_kind_are_compared() -> None:
    """The callee's median beside its caller's 99th percentile would explain little of it."""
    size = 200
    late = np.arange(size) >= size // 2
    tracks = (
        _track("web", "latency-50", _noisy(0.2, size, 1, 0.4) + 0.3 * late),
        _track("web", "latency-99", _noisy(0.4, size, 2, 0.05) + 0.9 * late),
        _track("cart", "latency-50", _noisy(0.05, size, 3, 0.05) + 0.3 * late),
        _track("cart", "latency-99", _noisy(0.1, size, 4, 0.4) + 0.9 * late),
    )
    found = examine(Table(tracks, (), (), (Dependency(caller="web", callee="cart"),)))
    assert (found.verdict, first(found)) == (DiagnosisVerdict.FOUND, "cart")


def test_who_errors_name_is_whole_words() -> None:
    """A line about "user-db" says nothing about "user"."""
    miner = Miner()
    for place in range(100):
        miner.add(_START + 15 * place, "orders", "INFO", "ok")
        if place >= 50:
            miner.add(_START + 15 * place, "orders", "ERROR", "no answer from http://user-db:5432/")
    tracks = tuple(_track(name, "latency", _noisy(0.1, 100, 1)) for name in ("orders", "user", "user-db"))
    found = examine(Table(tracks, (), (), (), kinds=tuple(miner.kinds.values())), None, _START + 15 * 50)
    told = {one.service: one.evidence for one in found.root_cause_candidates}
    assert any("user-db" in one.description for one in told["user-db"])
    assert not any("user-db" in one.description for one in told.get("user", ()))


def test_the_timeline_tells_when_each_could_be_seen_to_be_worse() -> None:
    """In order of time, with what happened before."""
    one = next(case for case in incidents(9, _SEED) if case.case.fault == "config")
    table, focus, _ = read(one)
    found = examine(replace(table, kinds=()), focus, one.case.onset)
    times = [each.timestamp for each in found.timeline]
    assert times == sorted(times)
    assert {each.type for each in found.timeline} >= {"config_change", "anomaly"}
    (earliest, *_) = [each.timestamp for each in found.timeline if each.type == "anomaly"]
    every = float(one.case.times[1] - one.case.times[0])
    assert abs(earliest.timestamp() - one.case.onset) <= max(16 * every, 240)
