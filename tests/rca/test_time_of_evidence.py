"""Issue 16, "Time": what was written long before, after or outside the window neither counts nor moves it."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import for_it, found, is_found, is_healthy, offered
from observed_system import PROMQL, SUCCESS, ObservedSystem

from missions.diagnosis import Diagnosis
from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]
_E3_1 = pytest.mark.xfail(strict=True, reason="E3.1: lines of another time make and move onsets")
_E3_2 = pytest.mark.xfail(strict=True, reason="E3.2: what is outside the window counts")
_DAY = 86_400.0


def _healthy(seed: int) -> ObservedSystem:
    """Nothing is wrong; payments logs an error now and then, as it always does."""
    shop = ObservedSystem(seed=seed)
    shop.service("web", rate=40, calls=("checkout",))
    shop.service("checkout", rate=12, calls=("payments",))
    shop.service("payments", rate=12)
    shop.log("payments", 0, "charge was declined: insufficient funds", lines=118)
    shop.log("web", 0, "GET /orders 200", level="info", lines=118)
    return shop


def a_line_of_last_week() -> ObservedSystem:
    shop = _healthy(31)
    shop.log("payments", -7 * _DAY / 15, "ERROR deadlock detected, transaction rolled back")
    return shop


def an_alert_of_last_week_that_still_fires() -> ObservedSystem:
    """A certificate that expires in three weeks is a true alert, and no incident of today."""
    shop = _healthy(32)
    shop.alert("checkout", -6 * _DAY / 15, "CertificateExpiresSoon", severity="warning", summary="in 21 days")
    return shop


def an_alert_of_this_morning() -> ObservedSystem:
    """It began two hours before the window, about a disk that will be full in four days."""
    shop = _healthy(47)
    shop.alert("web", -480, "DiskWillFillIn4Days", severity="warning")
    return shop


def the_last_line_of_a_previous_pod() -> ObservedSystem:
    """A pod that was replaced an hour ago logged that it stops."""
    shop = _healthy(48)
    shop.log("checkout", -240, "received SIGTERM, shutting down", level="warn")
    return shop


def a_clock_in_the_future() -> ObservedSystem:
    """A host's clock is three hours ahead."""
    shop = _healthy(33)
    shop.log("web", 3 * 3600 / 15, "upstream prematurely closed connection", lines=4)
    return shop


def a_clock_before_its_first_synchronization() -> ObservedSystem:
    """A device logs with the time since its start, as if it were 1970."""
    devices = ObservedSystem(seed=34, step=60, style=PROMQL)
    devices.service("gateway", rate=200)
    devices.service("firmware-updates", rate=2)
    since_1970 = -devices.start.timestamp() / 60
    devices.log("gateway", 0.5, "device refused the certificate of the broker", lines=110)
    devices.log("firmware-updates", since_1970 + 1, "panic: no time source", level="fatal", lines=3)
    return devices


def a_zone_that_was_taken_for_utc() -> ObservedSystem:
    """Lines of a service that runs in New York are five hours early."""
    shop = _healthy(35)
    shop.log("payments", -5 * 3600 / 15 + 30, "could not reserve: timeout", lines=25, every=2)
    return shop


@pytest.mark.parametrize(
    "story",
    [
        a_line_of_last_week,
        an_alert_of_last_week_that_still_fires,
        pytest.param(an_alert_of_this_morning, marks=_E3_1),
        pytest.param(the_last_line_of_a_previous_pod, marks=_E3_1),
        a_clock_in_the_future,
        a_clock_before_its_first_synchronization,
        pytest.param(a_zone_that_was_taken_for_utc, marks=_E3_1),
    ],
)
def test_e3_1_a_line_of_another_time_makes_no_incident(story: Story) -> None:
    """The verdict and the onset are those of the same page without the line."""
    system, without = story(), story()
    start, end = without.at(0), without.at(without.samples)
    without.logs = [line for line in without.logs if start <= line.at <= end]
    diagnosis, expected = system.diagnosis(), without.diagnosis()
    assert not is_found(diagnosis)
    assert (diagnosis.verdict, diagnosis.onset) == (expected.verdict, expected.onset)


def an_incident_after_an_old_outage() -> ObservedSystem:
    """Loki returned yesterday's outage of web too; today payments fails."""
    shop = _healthy(36)
    shop.log("web", -_DAY / 15, "502 from checkout", lines=80)
    shop.happens(70, "payments", failing=0.3)
    return shop


def an_incident_with_an_early_alert() -> ObservedSystem:
    """An alert about checkout ended two hours before payments became slow."""
    shop = _healthy(37)
    shop.alert("checkout", -480, "HighLatency", state="resolved", summary="p95 above 1 s")
    shop.happens(60, "payments", slower=0.9)
    return shop


def an_incident_with_one_wrong_clock() -> ObservedSystem:
    """The failing service's own lines are an hour late."""
    shop = _healthy(38)
    shop.happens(50, "checkout", failing=0.5)
    shop.log("checkout", 50 + 240, "TypeError: cannot read 'total' of undefined", lines=70)
    return shop


@pytest.mark.parametrize(
    ("story", "service", "sample"),
    [
        pytest.param(an_incident_after_an_old_outage, "payments", 70, marks=_E3_1),
        pytest.param(an_incident_with_an_early_alert, "payments", 60, marks=_E3_1),
        (an_incident_with_one_wrong_clock, "checkout", 50),
    ],
)
def test_e3_1_a_line_of_another_time_moves_no_onset(story: Story, service: str, sample: int) -> None:
    """The onset is where the measurements say."""
    system = story()
    diagnosis = system.diagnosis()
    assert found(diagnosis) == service
    assert diagnosis.onset is not None
    assert abs((diagnosis.onset - system.at(sample)).total_seconds()) <= 4 * system.step


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
    shop = _healthy(42)
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
    shop = _healthy(49)
    shop.alert("web", 4 * 180, "WebDown", severity="page", summary="no answer in 30 s")
    shop.log("web", 4 * 180, "cannot bind to port 443", level="fatal", lines=40, every=4)
    return shop


def a_release_of_last_month() -> ObservedSystem:
    """The list of releases goes back a month; the newest one of payments is nine days old."""
    shop = _healthy(44)
    shop.changed("payments", -9 * _DAY / 15, "deployment", "payments 5.2", version="5.2", revision=31)
    shop.happens(60, "payments", failing=0.3)
    return shop


@pytest.mark.parametrize(
    "story",
    [
        an_alert_before_the_window,
        pytest.param(errors_of_yesterdays_release, marks=_E3_2),
        pytest.param(lines_after_the_window, marks=_E3_2),
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
