"""Reported symptoms, and changes just before the onset."""

from datetime import UTC, datetime

import numpy as np
import pytest
from synthetic_incidents import Incident, evidence

from missions.evidence import Change, Dependency
from missions.plan import ActionKind
from rca.diagnosis import diagnose
from rca.engine import analyze
from rca.reported_symptom import ReportedSymptom, reported_symptom
from rca.series import Floats, TimeSeries, time_series
from rca.telemetry import Telemetry


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("checkout is slow", ReportedSymptom("checkout", "latency")),
        ("Slow and failing checkouts", ReportedSymptom("checkout")),
        ("The checkoutservice is slow", None),
        ("Errors in user-db!", ReportedSymptom("user-db", "errors")),
        ("user fails", ReportedSymptom("user", "errors")),
        ("all is lost", None),
    ],
)
def test_a_service_is_named_by_a_whole_word(text: str, reported: ReportedSymptom | None) -> None:
    """The longest name in the text counts."""
    assert reported_symptom(text, ("checkout", "user", "user-db")) == reported


def test_a_report_about_a_healthy_service_does_not_hide_the_cause() -> None:
    """The report names checkout, but web in front of it failed."""
    page = evidence(Incident(kind="bad-deploy-errors", seed=3, service="web", size=0.5))
    cause = diagnose("the checkout fails", (page,)).cause
    assert cause is not None
    assert (cause.service, cause.remediation) == ("web", (ActionKind.ROLLBACK,))


def _deployed(at: int, seconds_before: float, step: float, memory_growth: float) -> Telemetry:
    """Two services of 100 samples; db is slow from sample `at` on, after a deployment."""
    times = np.asarray(1.7e9 + step * np.arange(100), dtype=np.float64)
    is_late = np.arange(100) >= at

    def series(service: str, metric: str, level: float, extra: float, seed: int) -> TimeSeries:
        noise = np.random.default_rng(seed).lognormal(0, 0.1, 100)
        values: Floats = np.asarray(level * noise + extra * is_late, dtype=np.float64)
        return time_series(f"{service}/{metric}", service, metric, times, values)

    change = Change(
        id="config/1",
        at=datetime.fromtimestamp(float(times[at]) - seconds_before, UTC),
        service="db",
        kind="deployment",
        description="db v2",
        version="v2",
    )
    all_series = (
        series("web", "latency", 0.1, 0.5, 1),
        series("db", "latency", 0.05, 0.5, 2),
        series("db", "mem", 1e8, memory_growth, 3),
    )
    return Telemetry(all_series, (), (change,), (Dependency(caller="web", callee="db"),))


@pytest.mark.parametrize(
    ("seconds_before", "step", "memory_growth", "incident_type", "remedies"),
    [
        (5, 1, 0.0, "bad_deployment", ("rollback",)),
        (5, 1, 3e8, "bad_deployment", ("rollback", "restart")),
        (60, 60, 3e8, "bad_deployment", ("rollback", "restart")),
        (35, 1, 3e8, "resource_exhaustion", ("restart",)),
    ],
)
def test_a_resource_that_a_deployment_used_up_has_the_second_remedy(
    seconds_before: float, step: float, memory_growth: float, incident_type: str, remedies: tuple[str, ...]
) -> None:
    """A resource that ran out later did so by itself; "later" depends on the interval between samples."""
    cause = analyze(_deployed(50, seconds_before, step, memory_growth)).cause
    assert cause is not None
    assert (cause.service, cause.incident_type, cause.remediation) == ("db", incident_type, remedies)
