import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from demo.shop.connection_pool import STALE_AFTER_SECONDS, ConnectionPool, NoConnectionError
from demo.shop.decoys import Decoy
from demo.shop.faults import Fault
from demo.shop.instruments import Instruments
from demo.shop.selectors import Selector
from demo.shop.service_window import Reading, ServiceWindow
from demo.shop.trace_store import MAX_SPANS, TraceStore


def _counted(*requests: tuple[int, float]) -> Reading:
    instruments = Instruments(pool_size=20)
    for status, seconds in requests:
        instruments.observe(status, seconds)
    return _read(instruments)


def _read(instruments: Instruments) -> Reading:
    return Reading.of_families(text_string_to_metric_families(instruments.exposition()))


def test_requests_of_ended_processes_stay_counted() -> None:
    """A replaced replica's last counts are kept, so the rate neither drops nor jumps."""
    window = ServiceWindow()
    window.absorb("web-1", _counted(*[(200, 0.01)] * 10))
    window.close_scrape(100.0, ["web-1"])
    window.absorb("web-1", _counted(*[(200, 0.01)] * 14))
    window.forget("web-1")
    window.absorb("web-2", _counted(*[(200, 0.01)] * 4, *[(502, 1.0)] * 2))
    values = window.close_scrape(102.0, ["web-2"])
    assert values["requests_per_second"] == pytest.approx(5.0)
    assert values["error_ratio"] == pytest.approx(0.2)
    assert values["latency_p50_seconds"] == pytest.approx(0.01, rel=0.2)
    assert values["latency_p95_seconds"] == pytest.approx(1.0, rel=0.2)
    assert values["replicas"] == 1


def test_without_requests_there_is_no_ratio_and_no_latency() -> None:
    """Without requests there is no error ratio and no latency: no request differs from no error."""
    window = ServiceWindow()
    window.absorb("web-1", _counted((200, 0.01)))
    window.close_scrape(100.0, ["web-1"])
    values = window.close_scrape(101.0, ["web-1"])
    assert values["requests_per_second"] == 0
    assert not {"error_ratio", "latency_p95_seconds"} & values.keys()


def test_selectors_match_as_in_prometheus_and_loki() -> None:
    """Selectors support equality, its negation and alternations, and a pattern matches the whole value."""
    labels = {"service": "web", "level": "warn"}
    for text in (
        '{service="web"}',
        '{level=~"warn|error", service!="payments"}',
        '{level=~".+"}',
        'm{level!~"in"}',
    ):
        assert Selector.parse(text).selects(labels), text
    for text in ('{service="we"}', '{level=~"war"}', '{level!~"warn|error"}'):
        assert not Selector.parse(text).selects(labels), text


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"kind": "leak", "service": "web"},
        {"kind": "leak", "service": "web", "size": 0.1},
        {"kind": "leak", "service": "web", "size": 1, "flavour": "errors"},
        {"kind": "bad-deploy", "service": "mail", "flavour": "errors", "size": 0.3},
        {"kind": "bad-deploy", "service": "web", "size": 0.3},
        {"kind": "none", "colour": "red"},
        {"kind": "slow-dependency", "service": "web", "size": 1.0},
        {"kind": "pool-exhaustion", "service": "web", "size": 1.0},
        {"kind": "pool-exhaustion", "service": "web", "size": 7.0, "flavour": "errors"},
    ],
)
def test_faults_that_make_no_sense_are_refused(value: object) -> None:
    """An invalid fault raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        Fault.from_json(value)


def test_a_fault_survives_its_json() -> None:
    """A fault is the same after a round trip through JSON."""
    for fault in (Fault(), Fault("leak", "web", size=0.7), Fault("bad-deploy", "web", "latency", 1.0)):
        assert Fault.from_json(fault.to_json()) == fault


@pytest.mark.parametrize(
    "value", [None, {}, {"kind": "fire", "service": "web"}, {"kind": "alert", "service": "x"}]
)
def test_decoys_that_make_no_sense_are_refused(value: object) -> None:
    """An invalid decoy raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        Decoy.from_json(value)


@pytest.mark.parametrize("seconds", [0.11, 0.62, 1.0, 1.2, 1.49, 2.2])
def test_percentiles_are_exact_to_50_milliseconds(seconds: float) -> None:
    """Percentiles are exact enough to tell a slow service from a caller that waits for it."""
    window = ServiceWindow()
    window.absorb("web-1", _counted())
    window.close_scrape(100.0, ["web-1"])
    window.absorb("web-1", _counted(*[(200, seconds)] * 30))
    assert window.close_scrape(101.0, ["web-1"])["latency_p95_seconds"] == pytest.approx(seconds, abs=0.05)


async def test_a_full_pool_makes_requests_wait_and_fail() -> None:
    """If all connections are in use, a request waits and fails, and its wait is counted."""
    instruments = Instruments(pool_size=1)
    pool = ConnectionPool(instruments)
    async with pool.slot():
        assert _read(instruments).pool_in_use == 1
        with pytest.raises(NoConnectionError, match="all 1 connections"):
            await pool.slot().__aenter__()
    reading = _read(instruments)
    assert reading.pool_in_use == 0
    assert reading.counts.acquisitions == 2
    assert reading.counts.wait_seconds > STALE_AFTER_SECONDS


def test_old_spans_give_way_to_new_ones() -> None:
    """The number of spans is bounded, and traces can be found by each service in them."""
    store = TraceStore()
    for number in range(MAX_SPANS + 10):
        span = {"traceId": f"{number:032x}", "endTimeUnixNano": str(number)}
        store.add(json.dumps({"span": span, "service": "web"}))
    assert len(store.traces("web", 0, MAX_SPANS * 2)) == MAX_SPANS
    assert [span.ended_ns for span in store.traces("web", 0, 2)] == [MAX_SPANS + 8, MAX_SPANS + 9]
    assert store.traces("payments", 0, 5) == store.traces(None, 10**18, 5) == []
