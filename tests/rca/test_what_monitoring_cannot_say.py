"""What a gap of the monitoring, a noisy start of the window or a partial call graph must not say."""

from datetime import timedelta

import numpy as np
import pytest
from claims import claimed, first, is_found, is_healthy, words
from observed_system import PROMQL, ObservedSystem

from rca.log_templates import LogTemplateMiner, log_spikes
from rca.signals import Signal
from rca.telemetry import telemetry_of


def _shop(seed: int = 1, *, graph: bool = True) -> ObservedSystem:
    shop = ObservedSystem(seed=seed, step=5, samples=60, style=PROMQL, lists_calls=graph)
    shop.service("web", rate=40, calls=("catalog", "orders"))
    shop.service("catalog", rate=25, seconds=0.02)
    shop.service("orders", rate=12, seconds=0.04)
    return shop


@pytest.mark.parametrize("busy", ["catalog", "orders"])
def test_what_became_better_early_is_no_onset(busy: str) -> None:
    """The end of the last incident, or of a start, is in many windows; the incident came later."""
    shop = _shop()
    shop.happens(0, busy, "web", until=12, slower=0.6)
    shop.metric(busy, "process_cpu_seconds", np.where(np.arange(60) < 9, 0.9, 0.1), "cores")
    shop.metric("web", "process_resident_memory_bytes", np.where(np.arange(60) < 9, 9e8, 4e8), "bytes")
    shop.happens(40, "orders", slower=0.5)
    diagnosis = shop.diagnosis()
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset - shop.at(40)) <= timedelta(seconds=15)
    assert first(diagnosis) == "orders"


def test_a_recovery_alone_is_no_incident() -> None:
    """Everything is better than at the window's start."""
    shop = _shop()
    shop.happens(0, "web", "catalog", until=15, slower=0.4)
    assert not is_found(shop.diagnosis())


def _scraped(shop: ObservedSystem, name: str, *, down: int | None) -> None:
    shop.metric(name, "up", np.where(shop.is_late(60 if down is None else down), 0.0, 1.0), query="up")


def test_a_target_that_others_still_measure_is_not_gone() -> None:
    """The exporter of the database died: its processes are still seen at work, and no service suffers."""
    shop = _shop()
    _scraped(shop, "database", down=35)
    shop.metric("database", "process_cpu_seconds", shop.noisy(0.3), "cores")
    for place, name in enumerate(("pg_connections", "pg_locks_count", "pg_deadlocks")):
        shop.metric("database", name, np.where(np.arange(60) < 35, 10.0 + place, np.nan))
    diagnosis = shop.diagnosis()
    assert claimed(diagnosis) == ""
    assert not is_healthy(diagnosis)
    assert "database" in words(diagnosis)


def test_a_target_without_any_sign_of_life_is_gone() -> None:
    """Its processes are at zero, and its callers fail."""
    shop = _shop()
    _scraped(shop, "orders", down=35)
    shop.metric("orders", "process_cpu_seconds", np.where(np.arange(60) < 35, 0.3, 0.0), "cores")
    shop.ends(35, "orders")
    shop.happens(35, "web", failing=0.3)
    diagnosis = shop.diagnosis()
    assert claimed(diagnosis) == "orders"


def test_a_worker_that_its_exporter_does_not_list_any_more_is_down() -> None:
    """The exporter answers, and the worker's own state is missing from its answer."""
    shop = _shop()
    _scraped(shop, "mailer", down=None)
    online = np.where(np.arange(60) < 35, 1.0, np.nan)
    shop.metric("mailer", "flower_worker_online", online, query="flower_worker_online")
    shop.metric("broker", "rabbitmq_queue_messages_ready", shop.noisy(2.0) + 6 * shop.since(35), "count")
    diagnosis = shop.diagnosis()
    assert claimed(diagnosis) in {"", "mailer", "broker"}
    assert {"mailer", "broker"} <= {candidate.service for candidate in diagnosis.root_cause_candidates[:3]}


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        ("scrape_duration_seconds", "scrape_duration_seconds"),
        ("http_requests", 'sum(rate(http_requests_total{service="orders",code="404"}[1m]))'),
        ("nginx_connections_accepted", "rate(nginx_connections_accepted[1m])"),
    ],
)
def test_what_does_not_matter_makes_no_suspect(metric: str, query: str) -> None:
    """A slower scrape, a few unknown addresses, one connection more a second: beside a service that fails."""
    shop = _shop()
    shop.happens(40, "catalog", failing=0.4)
    level = np.where(np.arange(60) < 40, 0.02, 1.4)
    shop.metric("orders", metric, level, query=query)
    diagnosis = shop.diagnosis()
    assert first(diagnosis) == "catalog"


def test_the_address_that_a_probe_asks_is_what_it_measures() -> None:
    """Blackbox' job is no service."""
    shop = _shop()
    for place, address in enumerate(
        ("http://edge.shop.internal:8080/", "orders.shop.internal:443", "10.0.0.7:53")
    ):
        labels = f'{{job="blackbox",instance="{address}"}}'
        shop.metric("blackbox", f"probe_duration_seconds{place}", 0.1, "s", f"probe_duration_seconds{labels}")
    services = set(telemetry_of((shop.evidence(),)).services)
    assert {"edge", "orders"} <= services


@pytest.mark.parametrize(("slower", "failing"), [(0.4, 0.0), (0.0, 0.6)])
def test_without_a_graph_the_one_that_suffers_most_comes_first(slower: float, failing: float) -> None:
    """Its caller has other work, which goes well."""
    shop = _shop(graph=False)
    shop.happens(40, "orders", slower=slower, failing=failing)
    assert first(shop.diagnosis()) == "orders"


@pytest.mark.parametrize(
    "message",
    [
        "upstream failed: Max retries exceeded (Caused by NameResolutionError('orders.shop.internal'))",
        "Error: getaddrinfo ENOTFOUND orders.shop.internal",
        "dial tcp: lookup orders.shop.svc on 10.0.0.10:53: no such host",
        "java.net.UnknownHostException: orders: Name or service not known",
    ],
)
@pytest.mark.parametrize("resolver", ["coredns", "kube-dns", "dnsmasq", "dns", "node-local-dns"])
def test_a_name_without_an_address_speaks_for_the_name_servers(message: str, resolver: str) -> None:
    """Not the service whose address was asked for."""
    miner = LogTemplateMiner()
    miner.add(0.0, "web", "info", "started")
    for at in range(100, 110):
        miner.add(float(at), "web", "error", message)
    (spike,) = log_spikes(miner.templates.values(), 90.0, ("web", "orders", resolver))
    assert spike.mentions == {resolver}


def test_a_cache_that_finds_less_is_seen() -> None:
    """The share of look-ups that it answers falls; a falling share of hits is bad."""
    shop = _shop()
    hits = np.where(np.arange(60) < 40, 0.85, 0.4)
    hits_rate, misses_rate = (f"rate(redis_keyspace_{name}_total[1m])" for name in ("hits", "misses"))
    query = f"{hits_rate} / ({hits_rate} + {misses_rate})"
    shop.metric("sessions", "", shop.noisy(hits, 0.02), query=query)
    (line,) = (each for each in telemetry_of((shop.evidence(),)).series if each.service == "sessions")
    assert (line.signal, line.sign) == (Signal.CACHE, -1)
    shop.happens(40, "catalog", "web", slower=0.2)
    assert "sessions" in {candidate.service for candidate in shop.diagnosis().root_cause_candidates[:3]}
