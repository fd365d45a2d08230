"""Issue 16, "Real recordings": a stated confidence is worth its name."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import against, claimed, confidence_in, first, is_healthy
from observed_system import PROMQL, SUCCESS, ObservedSystem

from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]


def a_line_that_nobody_understands() -> ObservedSystem:
    """The ledger, which is well, logs something that a bad release of payments does not explain."""
    system = _released_payments(171)
    system.log("ledger", 61, "checksum of segment 4411 does not match its header", lines=20, every=2)
    return system


def a_panel_that_nobody_understands() -> ObservedSystem:
    """A panel of the ledger without known meaning jumps at the same moment."""
    system = _released_payments(172)
    strange = system.noisy(np.where(system.is_late(60), 91.0, 12.0), 0.05)
    system.metric("ledger", "flux_capacitance_index", strange)
    return system


def another_alert() -> ObservedSystem:
    system = _released_payments(173)
    system.alert("ledger", 63, "RaidArrayDegraded", severity="page", summary="md0 has 1 of 2 disks")
    return system


def a_second_fault() -> ObservedSystem:
    """The ledger, which has nothing to do with payments, becomes slow at the same moment."""
    system = _released_payments(174)
    system.happens(60, "ledger", slower=0.5)
    return system


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(a_line_that_nobody_understands),
        pytest.param(a_panel_that_nobody_understands),
        pytest.param(another_alert),
        pytest.param(a_second_fault),
    ],
)
def test_e8_8_what_a_cause_does_not_explain_speaks_against_it(story: Story) -> None:
    """It is listed against the first candidate, which is at most nine tenths sure."""
    diagnosis = story().diagnosis()
    assert first(diagnosis) == "payments"
    assert confidence_in(diagnosis, "payments") <= 0.9
    assert "ledger" in against(diagnosis)


def two_equals() -> ObservedSystem:
    """Two of three services are as slow as each other; calls are not known."""
    system = ObservedSystem(seed=175, lists_calls=False)
    for name in ("a-side", "b-side", "other"):
        system.service(name, rate=30)
    system.happens(60, "a-side", "b-side", slower=0.4)
    return system


def three_equals() -> ObservedSystem:
    system = ObservedSystem(seed=176, lists_calls=False, style=SUCCESS, step=60, samples=60)
    for name in ("north", "south", "west", "east"):
        system.service(name, rate=20)
    system.happens(40, "north", "south", "west", failing=0.2)
    return system


def two_equals_with_one_release_each() -> ObservedSystem:
    """Both were released in the same minute, and both fail since."""
    system = ObservedSystem(seed=177, lists_calls=False, style=PROMQL)
    for name in ("billing", "invoices", "other"):
        system.service(name, rate=30)
    system.happens(60, "billing", "invoices", failing=0.2)
    for name in ("billing", "invoices"):
        system.changed(name, 59, "deployment", f"{name} 8", version="8", revision=8)
    return system


@pytest.mark.parametrize("story", [two_equals, three_equals, two_equals_with_one_release_each])
def test_e8_8_no_certainty_between_equals(story: Story) -> None:
    """Between services with the same evidence none is more than six tenths sure."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert all(candidate.confidence <= 0.6 for candidate in diagnosis.root_cause_candidates)


def a_release_with_its_own_exception() -> ObservedSystem:
    """One leaf fails with an exception of its own just after its release, and its caller follows."""
    return _released_payments(178)


def a_release_whose_lines_are_the_only_ones() -> ObservedSystem:
    """The page lists errors only, so that the first line is one of the incident."""
    system = _released_payments(179)
    system.logs = [line for line in system.logs if line.level == "error"]
    return system


@pytest.mark.parametrize("story", [a_release_with_its_own_exception, a_release_whose_lines_are_the_only_ones])
def test_e8_8_plain_evidence_is_stated_as_such(story: Story) -> None:
    """That is nearly sure, and its rollback is the action."""
    diagnosis = story().diagnosis()
    assert claimed(diagnosis) == "payments"
    assert confidence_in(diagnosis, "payments") >= 0.85
    assert diagnosis.root_cause_candidates[0].remediation == (ActionKind.ROLLBACK,)


def _released_payments(seed: int) -> ObservedSystem:
    """Payments fails since its release; the ledger has no callers and no callees."""
    system = ObservedSystem(seed=seed)
    system.service("web", rate=40, calls=("payments",))
    system.service("payments", rate=12)
    system.service("ledger", rate=12)
    system.happens(60, "payments", failing=0.4)
    system.changed("payments", 59, "deployment", "payments 8", version="8", revision=8)
    system.log("web", 0, "GET /orders", level="info", lines=240, every=0.5)
    system.log("payments", 60, "KeyError: 'settlement_currency' (charges.py:118)", lines=80, every=0.7)
    return system
