"""The engine on recordings: made-up systems, each with one fault or none. The figures are bench/rca.py's."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bench._reading import table_of
from bench._synthetic import SyntheticCase, cases, healthy
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.examination import examine
from rca.focus import Focus
from rca.tables import Floats, Table, Track, track
from rca.templates import Miner

_SEED = 31


def first(diagnosis: Diagnosis) -> str:
    return diagnosis.root_cause_candidates[0].service if diagnosis.root_cause_candidates else ""


@pytest.fixture(scope="module")
def some() -> list[SyntheticCase]:
    return list(cases(27, _SEED))


@pytest.mark.parametrize("late", [0.0, 60.0, math.nan])
def test_most_causes_come_first(some: list[SyntheticCase], late: float) -> None:
    """With the onset, with one that is a minute late, and without any."""
    hits = [
        first(examine(table_of(one), Focus(*one.symptom), None if math.isnan(late) else one.onset + late))
        == one.cause
        for one in some
    ]
    assert sum(hits) >= 0.85 * len(hits)


def test_what_is_healthy_is_not_blamed() -> None:
    """Seasons, noise, decoys and harmless deployments are no incident, whether somebody complains or not."""
    claimed = [
        one.seed
        for one in healthy(12, _SEED)
        for focus in (None, Focus(*one.symptom))
        if examine(table_of(one), focus).verdict is DiagnosisVerdict.FOUND
    ]
    assert claimed == []


def test_the_order_of_columns_does_not_matter(some: list[SyntheticCase]) -> None:
    """The same recordings, the other way round, have the same answer."""
    for one in some[:6]:
        table = table_of(one)
        turned = replace(table, tracks=table.tracks[::-1])
        focus = Focus(*one.symptom)
        assert examine(table, focus, one.onset) == examine(turned, focus, one.onset)


def test_names_come_out_as_they_went_in_and_decide_nothing(some: list[SyntheticCase]) -> None:
    """Every service renamed: the same ranking under the new names."""
    one = next(case for case in some if case.fault == "latency")
    table, focus = table_of(one), Focus(*one.symptom)
    names = {name: f"{place:02}) A_b::c/Ünï {name[::-1]}" for place, name in enumerate(table.services)}
    renamed = replace(
        table,
        tracks=tuple(replace(each, service=names[each.service]) for each in table.tracks),
        dependencies=tuple(
            edge.model_copy(update={"caller": names[edge.caller], "callee": names[edge.callee]})
            for edge in table.dependencies
        ),
        changes=tuple(
            change.model_copy(update={"service": names[change.service]}) for change in table.changes
        ),
        named=tuple(names[name] for name in table.named),
    )
    assert first(examine(renamed, Focus(names[focus.service], focus.metric), one.onset)) == names[one.cause]


def test_every_candidate_cites_series_with_numbers(some: list[SyntheticCase]) -> None:
    """And what it cites is there."""
    for one in some[:9]:
        table = table_of(one)
        known = {each.id for each in table.tracks} | {each.id for each in table.changes}
        diagnosis = examine(table, Focus(*one.symptom), one.onset)
        assert len(diagnosis.root_cause_candidates) >= 3
        for candidate in diagnosis.root_cause_candidates:
            assert {cited.id for cited in candidate.evidence} <= known
            assert 0 <= candidate.confidence <= 1


def test_who_only_its_callers_show_is_found() -> None:
    """Two services slow down that do not call each other: it is what both of them call."""
    times = np.arange(400.0) * 5
    noise = np.random.default_rng(1)
    slow = 0.3 * (times >= 1000).astype(np.float64)

    def latency(service: str, level: float, extra: Floats | float = 0.0) -> Track:
        values = level * noise.lognormal(0, 0.05, 400) + extra
        return track(service, service, "latency", times, values)

    tracks = (
        latency("web", 0.2, slow),
        latency("left", 0.05, slow / 2),
        latency("right", 0.05, slow / 2),
        latency("shared", 0.01),
        latency("other", 0.01),
    )
    edges = (
        ("web", "left"),
        ("web", "right"),
        ("left", "shared"),
        ("right", "shared"),
        ("right", "other"),
    )
    calls = tuple(Dependency(caller=caller, callee=callee) for caller, callee in edges)
    table = Table(tracks, (), (), calls)
    diagnosis = examine(table, Focus("web", "latency"))
    assert first(diagnosis) == "shared"
    assert "who calls it does" in diagnosis.root_cause_candidates[0].explanation


def test_quiet_services_do_not_speak_against_an_origin_without_a_graph() -> None:
    """Nobody said that they depend on it: one slow service among two hundred is found."""
    dice = np.random.default_rng(2)
    times = np.arange(120.0)
    values = {f"s{place}": dice.normal(10, 1, 120) for place in range(200)}
    values["s7"][70:] += 30
    table = Table(tuple(track(name, name, "latency", times, one) for name, one in values.items()), (), (), ())
    diagnosis = examine(table)
    assert first(diagnosis) == "s7"
    assert diagnosis.verdict is DiagnosisVerdict.FOUND


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [math.nan] * 50, [1.0] * 50, [math.inf] * 50, [1e308, -1e308] * 25],
    ids=["nothing", "one", "gaps", "constant", "infinite", "huge"],
)
def test_garbage_is_not_blamed(values: list[float]) -> None:
    """An answer that claims nothing."""
    array = np.array(values)
    table = Table((track("a", "a", "latency", np.arange(float(array.size)), array),), (), (), ())
    for onset in (None, -5.0, 25.0, 1e12):
        for focus in (None, Focus("a", "latency"), Focus("nobody")):
            assert examine(table, focus, onset).verdict is not DiagnosisVerdict.FOUND


def _recording(onset: int, slower: float, failing: float, seed: int = 4) -> Table:
    """Two services of 400 samples, one in five seconds; the second one breaks."""
    dice = np.random.default_rng(seed)
    times = np.asarray(1.7e9 + 5.0 * np.arange(400), dtype=np.float64)
    broken = np.arange(400) >= onset
    own = np.asarray(0.02 * (1 + slower * broken) * dice.lognormal(0, 0.1, 400), dtype=np.float64)
    waiting = np.asarray(own + 0.05 * dice.lognormal(0, 0.1, 400), dtype=np.float64)
    errors = np.asarray(dice.binomial(50, 0.0003 + failing * broken) / 50, dtype=np.float64)
    tracks = (
        track("db/latency", "db", "latency", times, own),
        track("db/error", "db", "error", times, errors),
        track("web/latency", "web", "latency", times, waiting),
        track("web/error", "web", "error", times, errors),
    )
    return Table(tracks, (), (), (Dependency(caller="web", callee="db"),))


@pytest.mark.parametrize("onset", [60, 200, 333])
def test_the_onset_is_told_to_the_sample(onset: int) -> None:
    """Wherever in the recording: what is taken for normal holds nothing of the incident."""
    found = examine(_recording(onset, slower=8.0, failing=0.0))
    assert (found.verdict, first(found)) == (DiagnosisVerdict.FOUND, "db")
    assert found.onset is not None
    assert abs(found.onset.timestamp() - 1.7e9 - 5.0 * onset) <= 5.0


def test_a_few_failures_after_a_quiet_time_are_no_incident() -> None:
    """They were due at some time; of two hundred recordings none is blamed, and an error spike still is."""
    quiet = [examine(_recording(400, 0.0, 0.0, seed)).verdict for seed in range(200)]
    assert DiagnosisVerdict.FOUND not in quiet
    assert first(examine(_recording(250, slower=0.0, failing=0.2))) == "db"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("x509: certificate has expired or is not yet valid", "certificate"),
        ("TLS handshake error from 10.0.0.3: unknown authority", "certificate"),
        ("getaddrinfo ENOTFOUND orders.internal", "dns"),
        ("java.net.UnknownHostException: orders", "dns"),
        ("could not price the order", "error_spike"),
    ],
)
def test_what_an_error_says_of_itself_is_its_type(message: str, kind: str) -> None:
    """New lines of the service that fails; nothing of the catalog mends it, not even after a deployment."""
    miner = Miner()
    for place in range(400):
        miner.add(
            1.7e9 + 5 * place, "db", "error" if place >= 250 else "info", message if place >= 250 else "ok"
        )
    table = replace(_recording(250, slower=0.0, failing=0.2), kinds=tuple(miner.kinds.values()))
    cause = examine(table).cause
    assert cause is not None
    assert (cause.service, cause.incident_type, cause.remediation) == ("db", kind, ())


def test_what_speaks_against_a_candidate_is_told_apart() -> None:
    """The caller's latency is explained by its callee, not the other way round."""
    found = examine(_recording(200, slower=8.0, failing=0.0))
    by_name = {one.service: one for one in found.root_cause_candidates}
    assert by_name["db"].speaks_against == ()
    assert by_name["db"].speaks_for == by_name["db"].evidence
    (against, *_) = by_name["web"].speaks_against
    assert "not explained by it" in against.description


def test_logged_errors_count_where_nothing_else_says_that_a_service_fails() -> None:
    """Two services fail in their logs; who is named by the other one is the origin, at the right time."""
    miner = Miner()
    for place in range(2_000):
        at, name = 1.7e9 + place, ("carts", "web")[place % 2]
        miner.add(at, name, "info", f"done in {place} ms")
        if place >= 1_200:
            message = f"heap is full {place}" if name == "carts" else f"GET /carts failed {place}"
            miner.add(at, name, "error", message)
    noise = np.asarray(np.random.default_rng(1).normal(0.2, 0.02, 400), dtype=np.float64)
    times = np.asarray(1.7e9 + 5.0 * np.arange(400), dtype=np.float64)
    tracks = (track("carts/cpu", "carts", "cpu", times, noise), track("web/cpu", "web", "cpu", times, noise))
    found = examine(Table(tracks, (), (), (), kinds=tuple(miner.kinds.values())))
    assert (found.verdict, first(found)) == (DiagnosisVerdict.FOUND, "carts")
    assert found.onset is not None
    assert abs(found.onset.timestamp() - 1.7e9 - 1_200) <= 10
    # No panel shows them: nothing that a later look could compare.
    assert all(one.after is None for one in found.root_cause_candidates[0].evidence)
