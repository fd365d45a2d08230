"""Issue 16, "Real recordings": resources alone, windows that begin in the incident, and honest confidence."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import against, confidence_in, first, found, is_found, is_healthy, offered
from observed_system import PROMQL, SUCCESS, Floats, ObservedSystem

from missions.diagnosis import DiagnosisVerdict
from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]
_E8_7 = pytest.mark.xfail(strict=True, reason="E8.7: a window that begins in the incident is called healthy")
_E8_6 = pytest.mark.xfail(strict=True, reason="E8.6: a resource at its end says nothing by itself")
_E8_8 = pytest.mark.xfail(strict=True, reason="E8.8: what a cause does not explain does not speak against it")


def a_processor_at_its_end() -> ObservedSystem:
    """Only CPU was recorded: one of four services rises from 30 to 95 %."""
    system = _resources(141, "cpu_ratio", "ratio", 0.3)
    return _with(system, "encoder", "cpu_ratio", _from(system, 0.3, 0.95), "ratio")


def a_disk_at_its_end_with_latency_elsewhere() -> ObservedSystem:
    """The database's disk is full; what is slow is the service that writes to it."""
    system = ObservedSystem(seed=142)
    system.service("orders-api", rate=25, calls=("orders-db", "prices"))
    system.service("prices", rate=25)
    system.happens(60, "orders-api", slower=1.2)
    used = np.minimum(99.9, 82 + 0.31 * np.arange(120))
    return _with(system, "orders-db", "disk_used_percent", used, "percent")


def no_bytes_are_left() -> ObservedSystem:
    """node_exporter: the available bytes of the broker's volume fall to zero, and its producers fail."""
    system = ObservedSystem(seed=143, style=PROMQL)
    system.service("clicks", rate=90, calls=("broker",))
    system.service("checkout", rate=9, calls=("broker",))
    system.happens(70, "clicks", "checkout", failing=0.3)
    free = np.maximum(0.0, 4e10 * (1 - np.arange(120) / 70))
    system.metric("broker", "node_filesystem_avail_bytes", free, "bytes")
    return _with(system, "broker", "node_filesystem_size_bytes", np.full(120, 2e11), "bytes")


def no_file_can_be_opened() -> ObservedSystem:
    """1,024 of 1,024 file descriptors are open; the caller gets no connection."""
    system = ObservedSystem(seed=144)
    system.service("edge", rate=60, calls=("sessions",))
    system.service("sessions", rate=60)
    system.happens(65, "edge", failing=0.25)
    open_files = np.minimum(1024, 210 + 13.0 * system.since(3))
    system.metric("sessions", "process_open_fds", open_files)
    return _with(system, "sessions", "process_max_fds", np.full(120, 1024.0))


ENDS = (
    pytest.param(a_processor_at_its_end, "encoder", marks=_E8_6),
    pytest.param(a_disk_at_its_end_with_latency_elsewhere, "orders-db", marks=_E8_6),
    (no_bytes_are_left, "broker"),
    pytest.param(no_file_can_be_opened, "sessions", marks=_E8_6),
)


@pytest.mark.parametrize(("story", "service"), ENDS)
def test_e8_6_a_resource_at_its_end_says_something(story: Story, service: str) -> None:
    """The service with the used-up resource comes first, with a confidence that is worth its name."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == service
    assert 0.3 <= confidence_in(diagnosis, service) <= 0.95


def a_batch_that_always_uses_its_processor() -> ObservedSystem:
    """95 % from the first sample to the last, by design, and nobody waits for it."""
    system = ObservedSystem(seed=145)
    system.service("web", rate=40)
    return _with(system, "nightly-render", "cpu_ratio", np.clip(system.noisy(0.95, 0.02), 0, 1), "ratio")


def test_e8_6_a_resource_that_is_always_busy_is_no_incident() -> None:
    assert not is_found(a_batch_that_always_uses_its_processor().diagnosis())


def three_of_ten_fail_all_the_time() -> ObservedSystem:
    system = _shop(151)
    system.happens(0, "cart", failing=0.3)
    return system


def six_seconds_all_the_time() -> ObservedSystem:
    """Everything else takes tenths of a second."""
    system = _shop(152)
    system.happens(0, "cart", slower=6.0)
    return system


def success_of_62_percent_all_the_time() -> ObservedSystem:
    """Twenty minutes of a recording that an alert started."""
    system = ObservedSystem(seed=153, style=SUCCESS, step=60, samples=20)
    system.service("frontend", rate=8, calls=("cart",))
    system.service("cart", rate=4)
    system.happens(0, "cart", failing=0.38)
    return system


def an_incident_that_ends_in_the_window() -> ObservedSystem:
    """The first third fails; then all is well, and was not before."""
    system = _shop(154)
    system.happens(0, "cart", until=40, failing=0.4)
    return system


def a_third_of_all_failures_by_a_raw_counter() -> ObservedSystem:
    """Ten-second samples of counters, without a share: failures rise a third as fast as requests."""
    system = ObservedSystem(seed=155, step=10, samples=60)
    for name, share in (("cart", 0.33), ("catalog", 0.0005)):
        total = np.cumsum(system.random.poisson(400, 60)) + 8e6
        bad = np.cumsum(system.random.binomial(400, share, 60)) + 2e3
        query = f'http_requests_total{{service="{name}"'
        system.metric(name, "http_requests_total", total, query=f"{query}}}")
        system.metric(
            name,
            "http_requests_failed_total",
            bad,
            query=f'http_requests_total{{service="{name}",code="500"}}',
        )
    return system


BEGUN = (
    pytest.param(three_of_ten_fail_all_the_time, marks=_E8_7),
    pytest.param(six_seconds_all_the_time, marks=_E8_7),
    pytest.param(success_of_62_percent_all_the_time, marks=_E8_7),
    pytest.param(an_incident_that_ends_in_the_window, marks=_E8_7),
    pytest.param(a_third_of_all_failures_by_a_raw_counter, marks=_E8_7),
)


@pytest.mark.parametrize("story", BEGUN)
def test_e8_7_a_window_that_begins_in_the_incident_is_not_healthy(story: Story) -> None:
    """Bad values that do not change are bad; what is not known about the time before is said."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert found(diagnosis) in {"", "cart"}
    assert diagnosis.missing_evidence or is_found(diagnosis)
    assert not offered(diagnosis) & {ActionKind.SCALE, ActionKind.ROLLBACK}


def all_is_flat() -> ObservedSystem:
    return _shop(161)


def a_busy_hour() -> ObservedSystem:
    """Requests double slowly, and everything takes a little longer."""
    system = _shop(162)
    load = 1 + system.since(20) / 100
    system.service("catalog", rate=60 * load)
    system.happens(20, "catalog", slower=0.00008 * system.since(20))
    return system


def releases_without_effect() -> ObservedSystem:
    system = _shop(163)
    system.changed("cart", 40, "deployment", "cart 7", version="7", revision=7)
    system.changed("catalog", 80, "deployment", "catalog 12", version="12", revision=12)
    return system


def a_collector_that_frees_memory() -> ObservedSystem:
    """Memory grows and falls as a garbage collector makes it."""
    system = _shop(164, style=PROMQL)
    sawtooth = 3e8 + 4e8 * (np.arange(120) % 17) / 17
    return _with(system, "cart", "jvm_memory_used_bytes", system.noisy(sawtooth, 0.03), "bytes")


def single_failures() -> ObservedSystem:
    """One sample with a few failures each ten minutes, at both ends of the window alike."""
    system = _shop(165)
    for place in range(7, 120, 40):
        system.happens(place, "catalog", until=place + 1, failing=0.02)
    return system


def a_noisy_service_with_gaps() -> ObservedSystem:
    system = ObservedSystem(seed=166, gaps=0.1, step=30)
    system.service("search", rate=5, seconds=0.4, noise=0.5, calls=("index",))
    system.service("index", rate=9, seconds=0.1, noise=0.4)
    return system


@pytest.mark.parametrize(
    "story",
    [
        all_is_flat,
        a_busy_hour,
        releases_without_effect,
        a_collector_that_frees_memory,
        single_failures,
        a_noisy_service_with_gaps,
    ],
)
def test_e8_7_a_window_of_normal_time_is_healthy(story: Story) -> None:
    """Latency, failures and traffic of every service were seen to the end, and are well."""
    diagnosis = story().diagnosis()
    assert diagnosis.verdict is DiagnosisVerdict.HEALTHY
    assert not offered(diagnosis)


def _shop(seed: int, **options: object) -> ObservedSystem:
    system = ObservedSystem(seed=seed, **options)  # type: ignore[arg-type]  # the options of a test
    system.service("web", rate=40, calls=("catalog", "cart"))
    system.service("catalog", rate=60)
    system.service("cart", rate=12)
    return system


def _resources(seed: int, metric: str, unit: str, level: float) -> ObservedSystem:
    system = ObservedSystem(seed=seed)
    for name in ("ingest", "storage", "index"):
        system.metric(name, metric, np.clip(system.noisy(level, 0.15), 0, 1), unit)
    return system


def _from(system: ObservedSystem, before: float, after: float) -> Floats:
    level = np.where(system.is_late(60), after, before)
    return np.clip(system.noisy(level, 0.03), 0, 1)


def _with(
    system: ObservedSystem, service: str, metric: str, values: Floats, unit: str = ""
) -> ObservedSystem:
    system.metric(service, metric, values, unit)
    return system


def a_line_that_nobody_understands() -> ObservedSystem:
    """The ledger, which is well, logs something that a bad release of payments does not explain."""
    system = _released_payments(171)
    system.log("ledger", 61, "checksum of segment 4411 does not match its header", lines=20, every=2)
    return system


def a_panel_that_nobody_understands() -> ObservedSystem:
    """A panel of the ledger without known meaning jumps at the same moment."""
    system = _released_payments(172)
    strange = system.noisy(np.where(system.is_late(60), 91.0, 12.0), 0.05)
    return _with(system, "ledger", "flux_capacitance_index", strange)


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
        pytest.param(a_line_that_nobody_understands, marks=_E8_8),
        pytest.param(a_panel_that_nobody_understands, marks=_E8_8),
        pytest.param(another_alert, marks=_E8_8),
        pytest.param(a_second_fault, marks=_E8_8),
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
    assert found(diagnosis) == "payments"
    assert confidence_in(diagnosis, "payments") >= 0.85
    assert diagnosis.root_cause_candidates[0].remediation == (ActionKind.ROLLBACK,)


def _released_payments(seed: int) -> ObservedSystem:
    """Payments fails since its release; the ledger calls nobody and is called by nobody."""
    system = ObservedSystem(seed=seed)
    system.service("web", rate=40, calls=("payments",))
    system.service("payments", rate=12)
    system.service("ledger", rate=12)
    system.happens(60, "payments", failing=0.4)
    system.changed("payments", 59, "deployment", "payments 8", version="8", revision=8)
    system.log("web", 0, "GET /orders", level="info", lines=240, every=0.5)
    system.log("payments", 60, "KeyError: 'settlement_currency' (charges.py:118)", lines=80, every=0.7)
    return system
