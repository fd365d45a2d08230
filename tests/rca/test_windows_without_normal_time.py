"""Issue 16, "Real recordings": a window that begins in the incident, and windows of normal time."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, is_found, is_healthy, offered
from observed_system import PLAIN, PROMQL, SUCCESS, ObservedSystem, Style

from missions.diagnosis import DiagnosisVerdict
from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]


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
    pytest.param(three_of_ten_fail_all_the_time),
    six_seconds_all_the_time,
    pytest.param(success_of_62_percent_all_the_time),
    pytest.param(an_incident_that_ends_in_the_window),
    pytest.param(a_third_of_all_failures_by_a_raw_counter),
)


@pytest.mark.parametrize("story", BEGUN)
def test_e8_7_a_window_that_begins_in_the_incident_is_not_healthy(story: Story) -> None:
    """Bad values that do not change are bad; what is not known about the time before is said."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert claimed(diagnosis) in {"", "cart"}
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
    system.metric("cart", "jvm_memory_used_bytes", system.noisy(sawtooth, 0.03), "bytes")
    return system


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


def _shop(seed: int, style: Style = PLAIN) -> ObservedSystem:
    system = ObservedSystem(seed=seed, style=style)
    system.service("web", rate=40, calls=("catalog", "cart"))
    system.service("catalog", rate=60)
    system.service("cart", rate=12)
    return system
