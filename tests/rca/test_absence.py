"""Issue 16, "Absence": traffic that leaves and series that end are evidence."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, confidence_in, first, is_found, is_healthy, offered, words
from observed_system import PROMQL, SUCCESS, ObservedSystem

Story = Callable[[], ObservedSystem]
TRAFFIC_WORDS = ("traffic", "request", "message", "call", "throughput", "consum")


def traffic_falls_to_zero() -> ObservedSystem:
    shop = ObservedSystem()
    shop.service("web", rate=40, calls=("checkout",))
    shop.service("checkout", rate=12, calls=("payments",))
    shop.service("payments", rate=12)
    shop.happens(70, "web", "checkout", "payments", traffic=0.0)
    return shop


def a_name_server_sends_customers_elsewhere() -> ObservedSystem:
    """Two percent still arrive, and are answered as quickly as ever."""
    media = ObservedSystem(style=PROMQL, seed=2, step=30)
    media.service("edge", rate=900, seconds=0.02, calls=("playlist",))
    media.service("playlist", rate=300, seconds=0.03)
    media.happens(75, "edge", "playlist", traffic=0.02)
    return media


def a_partner_sends_no_callbacks() -> ObservedSystem:
    """One of four services gets no requests; all others are as before."""
    bank = ObservedSystem(style=SUCCESS, seed=3, step=60, samples=90)
    for name, rate in (("ledger", 30.0), ("transfers", 9.0), ("statements", 4.0), ("webhooks", 6.0)):
        bank.service(name, rate=rate)
    bank.happens(60, "webhooks", traffic=0.0)
    return bank


def half_a_fleet_of_devices_is_gone() -> ObservedSystem:
    """A raw counter of messages stands still, and the share of failures has no samples."""
    fleet = ObservedSystem(seed=4, step=10, samples=180)
    fleet.service("telemetry-ingest", rate=250, seconds=0.004)
    fleet.service("device-registry", rate=15)
    fleet.happens(130, "telemetry-ingest", traffic=0.0)
    sent = np.cumsum(fleet.random.poisson(2500 * ~fleet.is_late(130)))
    fleet.metric(
        "telemetry-ingest", "mqtt_messages_received_total", sent, query="mqtt_messages_received_total"
    )
    return fleet


FALLEN = (
    pytest.param(traffic_falls_to_zero, "web"),
    pytest.param(a_name_server_sends_customers_elsewhere, "edge"),
    pytest.param(a_partner_sends_no_callbacks, "webhooks"),
    pytest.param(half_a_fleet_of_devices_is_gone, "telemetry-ingest"),
)


@pytest.mark.parametrize(("story", "service"), FALLEN)
def test_e2_1_traffic_that_leaves_is_not_healthy(story: Story, service: str) -> None:
    """The diagnosis names the service that nothing arrives at, and offers no action: none brings it back."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert service in words(diagnosis)
    assert any(word in words(diagnosis) for word in TRAFFIC_WORDS)
    assert not offered(diagnosis)


def a_consumer_stops() -> ObservedSystem:
    """The publisher is well, the queue grows, and the consumer handles nothing any more."""
    orders = ObservedSystem(seed=5)
    orders.service("order-api", rate=30)
    orders.service("order-worker", rate=30, seconds=0.2)
    orders.happens(60, "order-worker", traffic=0.0)
    queued = orders.noisy(12, 0.3) + 450 * orders.since(60)
    orders.metric("order-worker", "rabbitmq_queue_messages_ready", queued, "short")
    return orders


def a_consumer_group_lags() -> ObservedSystem:
    """Kafka: a fraud check consumes a tenth of what arrives, and its lag grows."""
    fraud = ObservedSystem(seed=6, step=30, style=PROMQL)
    fraud.service("card-authorizations", rate=80)
    fraud.service("fraud-scoring", rate=80, seconds=0.03)
    fraud.happens(80, "fraud-scoring", traffic=0.1)
    lag = fraud.noisy(300, 0.4) + 72 * 30 * fraud.since(80)
    fraud.metric("fraud-scoring", "kafka_consumergroup_lag", lag)
    return fraud


def a_scheduler_starts_no_jobs() -> ObservedSystem:
    """Celery: the number of waiting tasks rises, and not one is executed."""
    mail = ObservedSystem(seed=7, step=60, samples=60)
    mail.service("signup", rate=2)
    mail.service("mail-sender", rate=3, seconds=0.8)
    mail.happens(35, "mail-sender", traffic=0.0)
    mail.metric("mail-sender", "celery_queue_length", mail.noisy(4, 0.4) + 180 * mail.since(35))
    return mail


def a_replica_applies_nothing() -> ObservedSystem:
    """PostgreSQL: the replica's delay grows by a second a second, and its readers are well."""
    reports = ObservedSystem(seed=8)
    reports.service("reports-api", rate=10)
    reports.service("reports-replica", rate=25, seconds=0.01)
    behind = reports.noisy(0.4, 0.3) + 15 * reports.since(50)
    reports.metric("reports-replica", "pg_replication_lag_seconds", behind, "s")
    return reports


STOPPED = (
    (a_consumer_stops, "order-worker"),
    (a_consumer_group_lags, "fraud-scoring"),
    (a_scheduler_starts_no_jobs, "mail-sender"),
    (a_replica_applies_nothing, "reports-replica"),
)


@pytest.mark.parametrize(("story", "service"), STOPPED)
def test_e2_1_work_that_is_not_done_is_not_healthy(story: Story, service: str) -> None:
    """A queue that grows without bound while its consumer stands still names the consumer."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == service


def a_callee_crashes() -> ObservedSystem:
    shop = ObservedSystem(seed=11)
    shop.service("web", rate=40, calls=("cart", "catalog"))
    shop.service("cart", rate=15)
    shop.service("catalog", rate=35)
    shop.happens(60, "cart", failing=0.95)
    shop.ends(60, "cart")
    return shop


def a_target_is_down() -> ObservedSystem:
    """`up` says so, and both callers refuse a share of their requests."""
    parts = ObservedSystem(seed=12, style=PROMQL)
    parts.service("order-api", rate=20, calls=("inventory",))
    parts.service("search", rate=60, calls=("inventory",))
    parts.service("inventory", rate=70)
    parts.happens(70, "inventory", failing=0.4)
    parts.ends(70, "inventory")
    parts.metric("inventory", "up", np.where(parts.is_late(70), 0.0, 1.0), query='up{job="inventory"}')
    return parts


def a_caller_waits_until_its_timeout() -> ObservedSystem:
    """Nothing fails at first: the caller waits for a host that is gone, and logs its name."""
    tickets = ObservedSystem(seed=13, step=30, samples=100, gaps=0.05)
    tickets.service("booking", rate=25, seconds=0.06, calls=("seatmap",))
    tickets.service("seatmap", rate=25, seconds=0.02)
    tickets.happens(55, "booking", slower=2.0)
    tickets.ends(55, "seatmap")
    message = "GET http://seatmap:8080/rows: dial tcp 10.0.3.7:8080: connect: no route to host"
    tickets.log("booking", 55, message, level="warn", lines=60, every=0.7)
    return tickets


def a_leaf_restarts_again_and_again() -> ObservedSystem:
    """Three calls deep, and up for a minute in ten: its series come and go, its restarts are counted."""
    bank = ObservedSystem(seed=14)
    bank.service("mobile-gateway", rate=50, calls=("accounts",))
    bank.service("accounts", rate=40, calls=("fx-rates",))
    bank.service("fx-rates", rate=20)
    for crash in range(60, 120, 12):
        bank.happens(crash, "fx-rates", until=crash + 9, failing=0.9)
        bank.ends(crash, "fx-rates", until=crash + 9)
    restarts = np.cumsum(np.isin(np.arange(120), range(68, 120, 12)))
    bank.metric("fx-rates", "kube_pod_container_status_restarts_total", restarts)
    return bank


ENDED = (
    pytest.param(a_callee_crashes, "cart", "web"),
    (a_target_is_down, "inventory", "order-api"),
    pytest.param(a_caller_waits_until_its_timeout, "seatmap", "booking"),
    pytest.param(a_leaf_restarts_again_and_again, "fx-rates", "accounts"),
)


@pytest.mark.parametrize(("story", "callee", "caller"), ENDED)
def test_e2_2_a_callee_whose_series_end_is_the_origin(story: Story, callee: str, caller: str) -> None:
    """The callee comes first, and its caller is blamed with little confidence."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == callee
    assert confidence_in(diagnosis, caller) < 0.5
    assert not is_found(diagnosis) or claimed(diagnosis) == callee
