"""Issue 16, "Time": what is outside the window does not count, and what recurs is no onset."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import for_it, is_found, is_healthy, offered
from observed_system import SUCCESS, ObservedSystem, healthy_shop

from missions.diagnosis import Diagnosis
from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]
_DAY = 86_400.0


def an_alert_before_the_window() -> ObservedSystem:
    """It names web, half an hour before the window; two services without a call graph become slow."""
    shop = ObservedSystem(seed=41, lists_calls=False)
    shop.service("web", rate=30)
    shop.service("search", rate=30)
    shop.happens(60, "web", slower=0.25)
    shop.happens(60, "search", slower=0.35)
    shop.alert("web", -120, "WebDown", summary="probe failed")
    return shop


def errors_of_yesterdays_release() -> ObservedSystem:
    """Five hundred lines about a bad release that was repaired yesterday; today another service is slow."""
    shop = healthy_shop(42)
    shop.log("checkout", -_DAY / 15, "NullPointerException in CartMapper", lines=500, every=0.5)
    shop.happens(80, "payments", slower=0.7)
    return shop


def lines_after_the_window() -> ObservedSystem:
    """Payments failed in the window; an hour later, which is another incident, the orders' disk is full."""
    portal = ObservedSystem(seed=43, style=SUCCESS, step=60, samples=60)
    portal.service("portal", rate=25, calls=("payments", "orders"))
    portal.service("payments", rate=15)
    portal.service("orders", rate=15)
    portal.happens(30, "payments", failing=0.2)
    portal.log("orders", 120, "write failed: no space left on device", lines=90, every=0.2)
    return portal


def an_alert_after_the_window() -> ObservedSystem:
    """A mission about ten o'clock does not see what began at noon."""
    shop = healthy_shop(49)
    shop.alert("web", 4 * 180, "WebDown", severity="page", summary="no answer in 30 s")
    shop.log("web", 4 * 180, "cannot bind to port 443", level="fatal", lines=40, every=4)
    return shop


def a_release_of_last_month() -> ObservedSystem:
    """The list of releases goes back a month; the newest one of payments is nine days old."""
    shop = healthy_shop(44)
    shop.changed("payments", -9 * _DAY / 15, "deployment", "payments 5.2", version="5.2", revision=31)
    shop.happens(60, "payments", failing=0.3)
    return shop


@pytest.mark.parametrize(
    "story",
    [
        an_alert_before_the_window,
        pytest.param(errors_of_yesterdays_release),
        pytest.param(lines_after_the_window),
        an_alert_after_the_window,
        a_release_of_last_month,
    ],
)
def test_e3_2_what_is_outside_the_window_does_not_count(story: Story) -> None:
    """The ranking, the confidences and the onset are those of the page without it, and nothing cites it."""
    system, without = story(), story()
    start, end = system.at(0), system.at(system.samples)
    moments = {line.id: line.at for line in system.logs} | {change.id: change.at for change in system.changes}
    outside = {identifier for identifier, at in moments.items() if not start <= at <= end}
    without.logs = [line for line in without.logs if line.id not in outside]
    without.changes = [change for change in without.changes if change.id not in outside]
    diagnosis, expected = system.diagnosis(), without.diagnosis()
    assert outside
    assert not outside & for_it(diagnosis)
    assert diagnosis.verdict is expected.verdict
    assert diagnosis.onset == expected.onset
    assert _confidences(diagnosis) == pytest.approx(_confidences(expected), abs=0.02)
    assert ActionKind.ROLLBACK not in offered(diagnosis)


def _confidences(diagnosis: Diagnosis) -> dict[str, float]:
    return {candidate.service: candidate.confidence for candidate in diagnosis.root_cause_candidates}


def the_peak_of_each_day() -> ObservedSystem:
    """Four days of a lunch service that is slow at noon, as it is each day; now it is noon."""
    lunch = ObservedSystem(seed=45, step=600, samples=3 * 144 + 20)
    hour = (9 + np.arange(3 * 144 + 20) / 6) % 24
    busy = np.exp(-(((hour - 12) / 0.8) ** 2))
    lunch.service("orders", rate=5 + 60 * busy, seconds=0.05, calls=("kitchen",))
    lunch.service("kitchen", rate=5 + 60 * busy, seconds=0.1)
    lunch.happens(0, "kitchen", slower=0.3 * busy)
    return lunch


def a_report_at_each_full_hour() -> ObservedSystem:
    """Eight hours: for four minutes of each the database is slow, because a report runs. Now it runs."""
    bank = ObservedSystem(seed=46, step=60, samples=8 * 60 + 3)
    bank.service("accounts", rate=20, calls=("accounts-db",))
    bank.service("accounts-db", rate=60, seconds=0.004)
    minute = np.arange(8 * 60 + 3) % 60
    bank.happens(0, "accounts-db", slower=np.where(minute < 4, 0.15, 0.0))
    return bank


@pytest.mark.parametrize("story", [the_peak_of_each_day, a_report_at_each_full_hour])
def test_e3_3_what_recurs_is_no_onset(story: Story) -> None:
    """No cause is claimed for a peak that is as high as the ones before it."""
    assert not is_found(story().diagnosis())


def test_e3_3_the_same_values_at_another_hour_are_an_incident() -> None:
    """At half past ten the kitchen is already twice as slow as it usually is at noon."""
    lunch = the_peak_of_each_day()
    lunch.happens(3 * 144 + 8, "kitchen", slower=0.6)
    assert not is_healthy(lunch.diagnosis())
