"""Issue 16, "Time": what was written long before, after or outside the window neither counts nor moves it."""

from collections.abc import Callable

import pytest
from claims import claimed, is_found
from observed_system import PROMQL, ObservedSystem, healthy_shop

Story = Callable[[], ObservedSystem]
_DAY = 86_400.0


def a_line_of_last_week() -> ObservedSystem:
    shop = healthy_shop(31)
    shop.log("payments", -7 * _DAY / 15, "ERROR deadlock detected, transaction rolled back")
    return shop


def an_alert_of_last_week_that_still_fires() -> ObservedSystem:
    """A certificate that expires in three weeks is a true alert, and no incident of today."""
    shop = healthy_shop(32)
    shop.alert("checkout", -6 * _DAY / 15, "CertificateExpiresSoon", severity="warning", summary="in 21 days")
    return shop


def an_alert_of_this_morning() -> ObservedSystem:
    """It began two hours before the window, about a disk that will be full in four days."""
    shop = healthy_shop(47)
    shop.alert("web", -480, "DiskWillFillIn4Days", severity="warning")
    return shop


def the_last_line_of_a_previous_pod() -> ObservedSystem:
    """A pod that was replaced an hour ago logged that it stops."""
    shop = healthy_shop(48)
    shop.log("checkout", -240, "received SIGTERM, shutting down", level="warn")
    return shop


def a_clock_in_the_future() -> ObservedSystem:
    """A host's clock is three hours ahead."""
    shop = healthy_shop(33)
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
    shop = healthy_shop(35)
    shop.log("payments", -5 * 3600 / 15 + 30, "could not reserve: timeout", lines=25, every=2)
    return shop


@pytest.mark.parametrize(
    "story",
    [
        a_line_of_last_week,
        an_alert_of_last_week_that_still_fires,
        pytest.param(an_alert_of_this_morning),
        pytest.param(the_last_line_of_a_previous_pod),
        a_clock_in_the_future,
        a_clock_before_its_first_synchronization,
        pytest.param(a_zone_that_was_taken_for_utc),
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
    shop = healthy_shop(36)
    shop.log("web", -_DAY / 15, "502 from checkout", lines=80)
    shop.happens(70, "payments", failing=0.3)
    return shop


def an_incident_with_an_early_alert() -> ObservedSystem:
    """An alert about checkout ended two hours before payments became slow."""
    shop = healthy_shop(37)
    shop.alert("checkout", -480, "HighLatency", state="resolved", summary="p95 above 1 s")
    shop.happens(60, "payments", slower=0.9)
    return shop


def an_incident_with_one_wrong_clock() -> ObservedSystem:
    """The failing service's own lines are an hour late."""
    shop = healthy_shop(38)
    shop.happens(50, "checkout", failing=0.5)
    shop.log("checkout", 50 + 240, "TypeError: cannot read 'total' of undefined", lines=70)
    return shop


@pytest.mark.parametrize(
    ("story", "service", "sample"),
    [
        pytest.param(an_incident_after_an_old_outage, "payments", 70),
        pytest.param(an_incident_with_an_early_alert, "payments", 60),
        (an_incident_with_one_wrong_clock, "checkout", 50),
    ],
)
def test_e3_1_a_line_of_another_time_moves_no_onset(story: Story, service: str, sample: int) -> None:
    """The onset is where the measurements say."""
    system = story()
    diagnosis = system.diagnosis()
    assert claimed(diagnosis) == service
    assert diagnosis.onset is not None
    assert abs((diagnosis.onset - system.at(sample)).total_seconds()) <= 4 * system.step
