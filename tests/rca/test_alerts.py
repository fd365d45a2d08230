"""Issue 16, "Alerts": what fires counts in the words of every team; what is silenced or over does not."""

from collections.abc import Callable

import pytest
from claims import claimed, first, for_it, is_found, is_healthy, words
from observed_system import PROMQL, SUCCESS, ObservedSystem

Story = Callable[[], ObservedSystem]


def a_silenced_alert() -> ObservedSystem:
    """An operator silenced it for the maintenance of a node; everybody is well."""
    shop = _shop(61)
    shop.alert("catalog", 55, "KubeNodeNotReady", state="suppressed", summary="node-17 is not ready")
    return shop


def alerts_inhibited_by_another() -> ObservedSystem:
    """Alertmanager inhibits what follows from a cluster's planned drain."""
    shop = _shop(62)
    for sample in range(40, 60):
        shop.alert("cart", sample, f"TargetDown{sample}", state="suppressed")
    return shop


def a_watchdog() -> ObservedSystem:
    """It always fires, to show that alerts arrive at all."""
    shop = _shop(63)
    shop.alert("", 1, "Watchdog", severity="none", summary="This alert is always firing")
    shop.alert("web", 30, "DeadMansSwitch", severity="critical", summary="ensures that alerting works")
    return shop


def a_resolved_alert() -> ObservedSystem:
    """It began and ended within the window, and all measurements were well throughout."""
    shop = _shop(64)
    shop.alert("cart", 45, "PodNotReady", state="resolved")
    return shop


def an_alert_that_only_informs() -> ObservedSystem:
    shop = _shop(65)
    shop.alert("web", 70, "CPUThrottlingHigh", severity="info", summary="35 % throttling of web")
    return shop


def a_pending_alert() -> ObservedSystem:
    """Its condition has been true for less than the rule demands."""
    shop = _shop(66)
    shop.alert("catalog", 115, "HighMemory", severity="warning", state="pending")
    return shop


@pytest.mark.parametrize(
    "story",
    [
        a_silenced_alert,
        alerts_inhibited_by_another,
        a_watchdog,
        a_resolved_alert,
        an_alert_that_only_informs,
        a_pending_alert,
    ],
)
def test_e7_3_what_is_silenced_over_or_always_fires_is_no_incident(story: Story) -> None:
    """The page is as healthy as without the alerts, and no candidate is supported by them."""
    diagnosis = story().diagnosis()
    assert is_healthy(diagnosis)
    assert not any(identifier.startswith("alert-") for identifier in for_it(diagnosis))


def test_e7_3_a_silenced_alert_does_not_choose_between_services() -> None:
    """Two services become slow at once: the ranking is that of the page without the alert."""
    system, without = _two_slow_services(), _two_slow_services()
    silenced = system.alert("search", 62, "HighLatency", state="suppressed")
    diagnosis, expected = system.diagnosis(), without.diagnosis()
    assert silenced not in for_it(diagnosis)
    assert first(diagnosis) == first(expected)
    assert diagnosis.verdict is expected.verdict


SEVERITIES = ("critical", "page", "P1", "sev2", "SEV-1", "major", "high", "disaster", "1")


@pytest.mark.parametrize("severity", SEVERITIES)
def test_e7_4_an_alert_counts_in_every_teams_words(severity: str) -> None:
    """Two services become slow; the one whose alert fires comes first, whatever its severity is called."""
    for service in ("accounts", "search"):
        system = _two_slow_services()
        fired = system.alert(
            service, 61, "DiskReadErrors", severity=severity, summary="I/O errors on /dev/sdb"
        )
        diagnosis = system.diagnosis()
        assert first(diagnosis) == service
        assert fired in for_it(diagnosis)


def a_service_without_metrics() -> ObservedSystem:
    """Login has no metrics; its synthetic check fails."""
    shop = _shop(71)
    shop.alert("login", 80, "SyntheticCheckFailing", summary="3 of 3 locations cannot log in")
    return shop


def a_broker_without_metrics() -> ObservedSystem:
    """Both producers fail from the moment at which the broker's alert fires."""
    orders = ObservedSystem(seed=72, style=PROMQL)
    orders.service("order-api", rate=30)
    orders.service("shipping", rate=20)
    orders.happens(60, "order-api", "shipping", failing=0.4)
    orders.alert("kafka", 61, "KafkaBrokerDown", severity="page", summary="broker 2 of kafka is down")
    orders.log("order-api", 60, "kafka: client has run out of available brokers", lines=55)
    orders.log("shipping", 60, "Failed to send; kafka: broker not available", lines=55)
    return orders


def a_measured_service_with_another_fault() -> ObservedSystem:
    """Requests are answered, but what was paid is not booked: only the alert knows."""
    bank = ObservedSystem(seed=73, style=SUCCESS, step=60, samples=90)
    bank.service("payments", rate=20, calls=("ledger",))
    bank.service("ledger", rate=20)
    bank.alert("ledger", 60, "LedgerOutOfBalance", severity="P1", summary="412 entries without counterpart")
    return bank


def a_backup_that_failed() -> ObservedSystem:
    """No service suffers yet; a colleague would name it all the same."""
    shop = _shop(74)
    shop.alert("catalog", 100, "BackupFailed", severity="high", summary="no base backup for 3 days")
    return shop


FIRING = (
    pytest.param(a_service_without_metrics, "login"),
    pytest.param(a_broker_without_metrics, "kafka"),
    pytest.param(a_measured_service_with_another_fault, "ledger"),
    pytest.param(a_backup_that_failed, "catalog"),
)


@pytest.mark.parametrize(("story", "service"), FIRING)
def test_e7_5_a_firing_alert_is_named_with_its_service(story: Story, service: str) -> None:
    """The page is not called healthy while it fires, and the diagnosis names the service."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert service in words(diagnosis)
    assert all(candidate.confidence <= 0.9 for candidate in diagnosis.root_cause_candidates)


def test_e7_5_the_service_that_an_alert_names_explains_its_callers() -> None:
    """The broker comes first, although only its clients are measured."""
    assert first(a_broker_without_metrics().diagnosis()) == "kafka"


def test_e7_5_an_alert_about_a_victim_is_not_the_cause() -> None:
    """The alert names web, which fails because payments does."""
    shop = ObservedSystem(seed=75)
    shop.service("web", rate=40, calls=("checkout",))
    shop.service("checkout", rate=12, calls=("payments",))
    shop.service("payments", rate=12)
    shop.happens(60, "payments", failing=0.4)
    shop.alert("web", 62, "HighErrorRate", severity="page", summary="40 % of requests fail")
    diagnosis = shop.diagnosis()
    assert is_found(diagnosis)
    assert claimed(diagnosis) == "payments"


def _shop(seed: int) -> ObservedSystem:
    shop = ObservedSystem(seed=seed)
    shop.service("web", rate=40, calls=("catalog", "cart"))
    shop.service("catalog", rate=60)
    shop.service("cart", rate=12)
    return shop


def _two_slow_services() -> ObservedSystem:
    """As slow as each other, from the same sample on, and without a call graph."""
    bank = ObservedSystem(seed=67, lists_calls=False)
    for name in ("accounts", "search", "cards"):
        bank.service(name, rate=30)
    bank.happens(60, "accounts", "search", slower=0.3)
    return bank
