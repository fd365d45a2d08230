"""What people say is wrong, and what came just before."""

from datetime import UTC, datetime

import numpy as np
import pytest
from synthetic_incidents import Incident, evidence

from missions.evidence import Change, Dependency
from missions.plan import ActionKind
from rca.diagnosis import diagnose
from rca.examination import examine
from rca.focus import Focus, focus_of
from rca.tables import Floats, Table, Track, track


@pytest.mark.parametrize(
    ("text", "focus"),
    [
        ("checkout is slow", Focus("checkout", "latency")),
        ("Slow and failing checkouts", None),
        ("Errors in user-db!", Focus("user-db", "errors")),
        ("user fails", Focus("user", "errors")),
        ("all is lost", None),
    ],
)
def test_a_service_is_named_by_a_whole_word(text: str, focus: Focus | None) -> None:
    """And the longest one counts."""
    assert focus_of(text, ("checkout", "user", "user-db")) == focus


def test_a_complaint_about_a_service_that_is_well_hides_nothing() -> None:
    """The checkout is what people wanted; the web in front of it broke."""
    seen = evidence(Incident(kind="bad-deploy-errors", seed=3, service="web", size=0.5))
    cause = diagnose("the checkout fails", (seen,)).cause
    assert cause is not None
    assert (cause.service, cause.remediation) == ("web", (ActionKind.ROLLBACK,))


def _slow_since(at: int, seconds_before: float, every: float, grown: float) -> Table:
    times = np.asarray(1.7e9 + every * np.arange(100), dtype=np.float64)
    late = np.arange(100) >= at

    def one(service: str, metric: str, level: float, extra: float, seed: int) -> Track:
        noise = np.random.default_rng(seed).lognormal(0, 0.1, 100)
        values: Floats = np.asarray(level * noise + extra * late, dtype=np.float64)
        return track(f"{service}/{metric}", service, metric, times, values)

    change = Change(
        id="config/1",
        at=datetime.fromtimestamp(float(times[at]) - seconds_before, UTC),
        service="db",
        kind="deployment",
        description="db v2",
        version="v2",
    )
    tracks = (
        one("web", "latency", 0.1, 0.5, 1),
        one("db", "latency", 0.05, 0.5, 2),
        one("db", "mem", 1e8, grown, 3),
    )
    return Table(tracks, (), (change,), (Dependency(caller="web", callee="db"),))


@pytest.mark.parametrize(
    ("seconds_before", "every", "grown", "kind", "remedies"),
    [
        (5, 1, 0.0, "bad_deployment", ("rollback",)),
        (5, 1, 3e8, "bad_deployment", ("rollback", "restart")),
        (60, 60, 3e8, "bad_deployment", ("rollback", "restart")),
        (35, 1, 3e8, "resource_exhaustion", ("restart",)),
    ],
)
def test_what_ran_out_at_once_with_a_deployment_is_the_second_guess(
    seconds_before: float, every: float, grown: float, kind: str, remedies: tuple[str, ...]
) -> None:
    """What ran out some time after it ran out on its own; where samples are rare, "at once" is longer."""
    cause = examine(_slow_since(50, seconds_before, every, grown)).cause
    assert cause is not None
    assert (cause.service, cause.incident_type, cause.remediation) == ("db", kind, remedies)
