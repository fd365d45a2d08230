"""The engine on generated systems, each with one fault or none; bench/rca.py has the figures."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bench._synthetic import SyntheticCase, cases, healthy
from bench._telemetry import telemetry_of_case
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Dependency
from rca.engine import analyze
from rca.log_templates import LogTemplateMiner
from rca.reported_symptom import ReportedSymptom
from rca.series import Floats, TimeSeries, time_series
from rca.telemetry import Telemetry

_SEED = 31


def first(diagnosis: Diagnosis) -> str:
    return diagnosis.root_cause_candidates[0].service if diagnosis.root_cause_candidates else ""


@pytest.fixture(scope="module")
def incidents() -> list[SyntheticCase]:
    return list(cases(27, _SEED))


@pytest.mark.parametrize("late", [0.0, 60.0, None])
def test_most_causes_come_first(incidents: list[SyntheticCase], late: float | None) -> None:
    """Three of four causes come first: with the onset, with a late one, and without one."""
    hits = []
    for case in incidents:
        hint = None if late is None else case.onset + late
        diagnosis = analyze(telemetry_of_case(case), ReportedSymptom(*case.symptom), hint)
        hits.append(first(diagnosis) == case.cause)
    assert sum(hits) >= 0.75 * len(hits)


def test_no_cause_is_claimed_in_healthy_systems() -> None:
    """Seasons, noise, decoys and harmless deployments are no incident, with or without a report."""
    claimed = [
        case.seed
        for case in healthy(12, _SEED)
        for reported in (None, ReportedSymptom(*case.symptom))
        if analyze(telemetry_of_case(case), reported).verdict is DiagnosisVerdict.FOUND
    ]
    assert claimed == []


def test_the_order_of_columns_does_not_matter(incidents: list[SyntheticCase]) -> None:
    """The same series in reverse order have the same diagnosis."""
    for case in incidents[:6]:
        telemetry = telemetry_of_case(case)
        reverse = replace(telemetry, series=telemetry.series[::-1])
        reported = ReportedSymptom(*case.symptom)
        assert analyze(telemetry, reported, case.onset) == analyze(reverse, reported, case.onset)


def test_the_names_of_services_do_not_matter(incidents: list[SyntheticCase]) -> None:
    """With every service renamed, the first candidate has the new name."""
    case = next(case for case in incidents if case.fault == "latency")
    telemetry, reported = telemetry_of_case(case), ReportedSymptom(*case.symptom)
    names = {name: f"{place:02}) A_b::c/Ünï {name[::-1]}" for place, name in enumerate(telemetry.services)}
    renamed = replace(
        telemetry,
        series=tuple(replace(series, service=names[series.service]) for series in telemetry.series),
        dependencies=tuple(
            edge.model_copy(update={"caller": names[edge.caller], "callee": names[edge.callee]})
            for edge in telemetry.dependencies
        ),
        changes=tuple(
            change.model_copy(update={"service": names[change.service]}) for change in telemetry.changes
        ),
        named_services=tuple(names[name] for name in telemetry.named_services),
    )
    report = ReportedSymptom(names[reported.service], reported.metric)
    assert first(analyze(renamed, report, case.onset)) == names[case.cause]


def test_every_candidate_cites_evidence(incidents: list[SyntheticCase]) -> None:
    """The cited series and changes exist."""
    for case in incidents[:9]:
        telemetry = telemetry_of_case(case)
        ids = {series.id for series in telemetry.series} | {change.id for change in telemetry.changes}
        diagnosis = analyze(telemetry, ReportedSymptom(*case.symptom), case.onset)
        assert len(diagnosis.root_cause_candidates) >= 3
        for candidate in diagnosis.root_cause_candidates:
            assert {citation.id for citation in candidate.evidence} <= ids
            assert 0 <= candidate.confidence <= 1


def test_a_silent_origin_is_found_by_its_callers() -> None:
    """Two services that do not call each other become slow: the origin is the service that both call."""
    times = np.arange(400.0) * 5
    noise = np.random.default_rng(1)
    slow = 0.3 * (times >= 1000).astype(np.float64)

    def latency(service: str, level: float, extra: Floats | float = 0.0) -> TimeSeries:
        values = level * noise.lognormal(0, 0.05, 400) + extra
        return time_series(service, service, "latency", times, values)

    all_series = (
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
    diagnosis = analyze(Telemetry(all_series, (), (), calls), ReportedSymptom("web", "latency"))
    assert first(diagnosis) == "shared"
    assert "its callers do" in diagnosis.root_cause_candidates[0].explanation


def test_without_a_graph_normal_services_are_no_evidence_against_an_origin() -> None:
    """One slow service among two hundred comes first by far: the others may not depend on it."""
    rng = np.random.default_rng(2)
    times = np.arange(120.0)
    values = {f"s{place}": rng.normal(10, 1, 120) for place in range(200)}
    values["s7"][70:] += 30
    all_series = tuple(time_series(name, name, "latency", times, row) for name, row in values.items())
    diagnosis = analyze(Telemetry(all_series, (), (), ()))
    assert first(diagnosis) == "s7"
    likeliest, second = diagnosis.root_cause_candidates[:2]
    assert likeliest.confidence > 10 * second.confidence


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [math.nan] * 50, [1.0] * 50, [math.inf] * 50, [1e308, -1e308] * 25],
    ids=["nothing", "one", "gaps", "constant", "infinite", "huge"],
)
def test_malformed_series_lead_to_no_claim(values: list[float]) -> None:
    """Malformed series lead to no claim for any onset and any reported symptom."""
    array = np.array(values)
    series = time_series("a", "a", "latency", np.arange(float(array.size)), array)
    for onset in (None, -5.0, 25.0, 1e12):
        for reported in (None, ReportedSymptom("a", "latency"), ReportedSymptom("missing")):
            diagnosis = analyze(Telemetry((series,), (), (), ()), reported, onset)
            assert diagnosis.verdict is not DiagnosisVerdict.FOUND


def _recording(onset: int, slower: float, failing: float, seed: int = 4) -> Telemetry:
    """400 samples of web and db, five seconds apart; db breaks at the sample `onset`."""
    rng = np.random.default_rng(seed)
    times = np.asarray(1.7e9 + 5.0 * np.arange(400), dtype=np.float64)
    broken = np.arange(400) >= onset
    own = np.asarray(0.02 * (1 + slower * broken) * rng.lognormal(0, 0.1, 400), dtype=np.float64)
    waiting = np.asarray(own + 0.05 * rng.lognormal(0, 0.1, 400), dtype=np.float64)
    errors = np.asarray(rng.binomial(50, 0.0003 + failing * broken) / 50, dtype=np.float64)
    all_series = (
        time_series("db/latency", "db", "latency", times, own),
        time_series("db/error", "db", "error", times, errors),
        time_series("web/latency", "web", "latency", times, waiting),
        time_series("web/error", "web", "error", times, errors),
    )
    return Telemetry(all_series, (), (), (Dependency(caller="web", callee="db"),))


@pytest.mark.parametrize("onset", [60, 200, 333])
def test_the_onset_is_exact_to_the_sample(onset: int) -> None:
    """The onset is exact anywhere in the recording, so the baseline has no sample of the incident."""
    diagnosis = analyze(_recording(onset, slower=8.0, failing=0.0))
    assert (diagnosis.verdict, first(diagnosis)) == (DiagnosisVerdict.FOUND, "db")
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset.timestamp() - 1.7e9 - 5.0 * onset) <= 5.0


def test_a_few_failures_after_a_quiet_time_are_no_incident() -> None:
    """No cause is claimed in two hundred recordings with single failures, and an error spike is found."""
    verdicts = [analyze(_recording(400, 0.0, 0.0, seed)).verdict for seed in range(200)]
    assert DiagnosisVerdict.FOUND not in verdicts
    assert first(analyze(_recording(250, slower=0.0, failing=0.2))) == "db"


@pytest.mark.parametrize(
    ("message", "incident_type"),
    [
        ("x509: certificate has expired or is not yet valid", "certificate"),
        ("TLS handshake error from 10.0.0.3: unknown authority", "certificate"),
        ("getaddrinfo ENOTFOUND orders.internal", "dns"),
        ("java.net.UnknownHostException: orders", "dns"),
        ("could not price the order", "error_spike"),
    ],
)
def test_an_error_message_may_name_the_incident_type(message: str, incident_type: str) -> None:
    """New error lines of a failing service name the type; no action of the catalog repairs these types."""
    miner = LogTemplateMiner()
    for place in range(400):
        level, text = ("error", message) if place >= 250 else ("info", "ok")
        miner.add(1.7e9 + 5 * place, "db", level, text)
    recording = _recording(250, slower=0.0, failing=0.2)
    cause = analyze(replace(recording, log_templates=tuple(miner.templates.values()))).cause
    assert cause is not None
    assert (cause.service, cause.incident_type, cause.remediation) == ("db", incident_type, ())


def test_evidence_against_a_candidate_is_separate() -> None:
    """The callee explains its caller's latency, but not the other way round."""
    diagnosis = analyze(_recording(200, slower=8.0, failing=0.0))
    by_name = {candidate.service: candidate for candidate in diagnosis.root_cause_candidates}
    assert by_name["db"].speaks_against == ()
    assert by_name["db"].speaks_for == by_name["db"].evidence
    (against, *_) = by_name["web"].speaks_against
    assert "not explained by it" in against.description


def test_logged_errors_count_without_error_metrics_and_traces() -> None:
    """Two services log errors: the one that the other names is the origin, at the right time."""
    miner = LogTemplateMiner()
    for place in range(2_000):
        at, name = 1.7e9 + place, ("carts", "web")[place % 2]
        miner.add(at, name, "info", f"done in {place} ms")
        if place >= 1_200:
            message = f"heap is full {place}" if name == "carts" else f"GET /carts failed {place}"
            miner.add(at, name, "error", message)
    noise = np.asarray(np.random.default_rng(1).normal(0.2, 0.02, 400), dtype=np.float64)
    times = np.asarray(1.7e9 + 5.0 * np.arange(400), dtype=np.float64)
    all_series = tuple(time_series(f"{name}/cpu", name, "cpu", times, noise) for name in ("carts", "web"))
    telemetry = Telemetry(all_series, (), (), (), log_templates=tuple(miner.templates.values()))
    diagnosis = analyze(telemetry)
    assert (diagnosis.verdict, first(diagnosis)) == (DiagnosisVerdict.FOUND, "carts")
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset.timestamp() - 1.7e9 - 1_200) <= 10
    # No panel shows logged errors, so a later visit has nothing to compare with.
    assert all(citation.after is None for citation in diagnosis.root_cause_candidates[0].evidence)
