"""Issue 16, "Real recordings": what traces show beside metrics and logs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from claims import confidence_in, first, for_it, is_healthy
from observed_folder import write_folder
from observed_requests import Call, slower_way, trace
from observed_system import ObservedSystem

from adapters.incidents.folder import read_folder
from missions.diagnosis import Diagnosis
from rca.engine import analyze
from rca.reported_symptom import ReportedSymptom

Story = Callable[[], ObservedSystem]
_HALF = 60


def a_delay_before_payments() -> ObservedSystem:
    """Each packet to payments is 300 ms late; payments itself answers as quickly as before."""
    usual = {"cart": 0.02, "payments": 0.03}
    return _traced(111, "web", usual, {"payments": 0.3})


def packets_are_lost_before_quotes() -> ObservedSystem:
    """Three of ten requests wait for a second packet."""
    usual = {"quotes": 0.004, "clients": 0.006}
    return _traced(112, "gateway", usual, {"quotes": 1.0}, share=0.3)


def a_slow_name_server_in_front_of_one_callee() -> ObservedSystem:
    """Six of ten calls of the mail relay wait five seconds until its name is resolved."""
    usual = {"mail-relay": 0.08, "templates": 0.01, "users": 0.01}
    return _traced(113, "notifications", usual, {"mail-relay": 5.0}, share=0.6)


def both_callers_wait_for_auth() -> ObservedSystem:
    """Neither caller explains the other; auth answers as ever."""
    system = _traced(114, "web", {"auth": 0.005, "catalog": 0.02}, {"auth": 0.4})
    system.service("mobile", rate=15, calls=("auth",))
    system.happens(_HALF, "mobile", slower=0.4)
    for place in range(0, system.samples, 2):
        late = {"auth": 0.4} if place >= _HALF else {}
        trace(system, place + 0.6, "mobile", 0.02, slower_way(system, {"auth": 0.005}, late))
    return system


DELAYED = (
    pytest.param(a_delay_before_payments, "payments", "web"),
    pytest.param(packets_are_lost_before_quotes, "quotes", "gateway"),
    pytest.param(a_slow_name_server_in_front_of_one_callee, "mail-relay", "notifications"),
    pytest.param(both_callers_wait_for_auth, "auth", "web"),
)


@pytest.mark.parametrize(("story", "callee", "caller"), DELAYED)
def test_e8_3_time_on_the_way_is_not_charged_to_the_caller(
    story: Story, callee: str, caller: str, tmp_path: Path
) -> None:
    """The gap between client and server span names the callee, on a page and in a recording."""
    for diagnosis in (story().diagnosis(f"{caller} is slow"), _recorded(story(), tmp_path, caller)):
        assert first(diagnosis) == callee
        assert confidence_in(diagnosis, caller) < 0.5


def test_e8_3_a_caller_that_loses_time_on_every_way_is_the_origin(tmp_path: Path) -> None:
    """All of its callees seem far away at once: its own network is slow."""
    usual = {"cart": 0.02, "payments": 0.03, "catalog": 0.01}
    system = _traced(115, "web", usual, dict.fromkeys(usual, 0.25))
    assert first(_recorded(system, tmp_path, "web")) == "web"


def exceptions_in_flat_traces() -> ObservedSystem:
    """Java: orders logs an exception for a tenth of its requests; no span carries an error."""
    system = _traced(121, "web", {"orders": 0.05, "stock": 0.02}, {})
    system.happens(_HALF, "web", failing=0.1)
    message = "o.s.o.PriceService : java.lang.NullPointerException: currency is null"
    system.log("orders", _HALF, message, level="ERROR", lines=90, every=0.6)
    return system


def wrong_answers_with_status_200() -> ObservedSystem:
    """Go: the seat map answers 200 with an error in the body; nothing but its log says so."""
    system = _traced(122, "booking", {"seatmap": 0.03, "fares": 0.02}, {})
    message = 'level=error msg="decode row: invalid character" component=seatmap'
    system.log("seatmap", _HALF, message, level="error", lines=50, every=1.1)
    system.log("booking", 0, "served /seats", level="info", lines=118)
    return system


def a_store_that_refuses_writes() -> ObservedSystem:
    """The queue's consumers have no spans at all; they log that their disk is read-only."""
    system = _traced(123, "upload", {"thumbnails": 0.2, "metadata": 0.01}, {})
    system.happens(_HALF, "upload", failing=0.08)
    system.log(
        "metadata", _HALF + 1, "sqlite3.OperationalError: readonly database", level="CRITICAL", lines=57
    )
    return system


@pytest.mark.parametrize(
    ("story", "service"),
    [
        pytest.param(exceptions_in_flat_traces, "orders"),
        pytest.param(wrong_answers_with_status_200, "seatmap"),
        pytest.param(a_store_that_refuses_writes, "metadata"),
    ],
)
def test_e8_4_logs_count_beside_traces_without_errors(story: Story, service: str, tmp_path: Path) -> None:
    """The service that logs new errors comes first, and its lines are cited."""
    for diagnosis in (story().diagnosis(), _recorded(story(), tmp_path)):
        assert not is_healthy(diagnosis)
        assert first(diagnosis) == service
    assert any(identifier.startswith("log/") for identifier in for_it(story().diagnosis()))


def a_service_with_three_spans() -> ObservedSystem:
    """Audit is called three times, the last time slowly; stock is slower in each of its calls."""
    system = _traced(131, "web", {"stock": 0.03}, {})
    _slower_stock(system, 0.12)
    for sample, seconds in ((20, 0.02), (50, 0.03), (90, 1.4)):
        trace(system, sample + 0.3, "web", 0.02, (Call("audit", seconds),))
    return system


def a_service_with_four_failed_spans() -> ObservedSystem:
    """Four of six calls of gift-cards failed, of which two before the onset."""
    system = _traced(132, "web", {"stock": 0.03}, {})
    _slower_stock(system, 0.15)
    for sample in (10, 30, 40, 70, 80, 110):
        failed = sample not in {10, 40}
        trace(system, sample + 0.3, "web", 0.02, (Call("gift-cards", 0.01, failed=failed),))
    return system


def a_service_that_is_seen_after_the_onset_only() -> ObservedSystem:
    """A report is made three times, and it always takes seconds: there is nothing to compare it with."""
    system = _traced(133, "web", {"stock": 0.03}, {})
    _slower_stock(system, 0.1)
    for sample in (66, 81, 103):
        trace(system, sample + 0.3, "web", 0.02, (Call("reports", 2.0 + sample / 100),))
    return system


@pytest.mark.parametrize(
    ("story", "rare"),
    [
        (a_service_with_three_spans, "audit"),
        (a_service_with_four_failed_spans, "gift-cards"),
        (a_service_that_is_seen_after_the_onset_only, "reports"),
    ],
)
def test_e8_5_three_spans_do_not_win(story: Story, rare: str, tmp_path: Path) -> None:
    """The well-sampled service comes first."""
    diagnosis = _recorded(story(), tmp_path, "web")
    assert first(diagnosis) == "stock"
    assert confidence_in(diagnosis, rare) < 0.3


def _traced(
    seed: int, entry: str, usual: dict[str, float], slow: dict[str, float], share: float = 1.0
) -> ObservedSystem:
    """One trace a sample; from the middle on a share of them loses `slow` seconds on the way to callees."""
    system = ObservedSystem(seed=seed)
    system.service(entry, rate=30, seconds=0.03, calls=tuple(usual))
    for callee, seconds in usual.items():
        system.service(callee, rate=30, seconds=seconds)
    system.happens(_HALF, entry, slower=share * sum(slow.values()))
    for place in range(system.samples):
        late = slow if place >= _HALF and system.random.random() < share else {}
        trace(system, place + 0.2, entry, 0.03, slower_way(system, usual, late))
    return system


def _slower_stock(system: ObservedSystem, seconds: float) -> None:
    system.happens(_HALF, "stock", slower=seconds)
    for place in range(_HALF, system.samples):
        taken = 0.03 + seconds * float(system.random.lognormal(0, 0.1))
        trace(system, place + 0.5, "web", 0.03, (Call("stock", taken),))


def _recorded(system: ObservedSystem, folder: Path, symptom: str = "") -> Diagnosis:
    reported = ReportedSymptom(symptom, "latency") if symptom else None
    return analyze(read_folder(write_folder(system, folder)), reported)
