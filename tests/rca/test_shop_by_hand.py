"""Issue 16, "Our own shop, by hand": a live window of two minutes, asked about when a person gets to it."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import first, found, is_healthy, offered, words
from observed_system import Floats, ObservedSystem

from missions.plan import ActionKind
from rca.diagnosis import diagnose

Story = Callable[[], ObservedSystem]
_E9_3 = pytest.mark.xfail(strict=True, reason="E9.3: little normal time is not enough")
_E9_2 = pytest.mark.xfail(strict=True, reason="E9.2: a difference need not matter in absolute terms")
_E9_4 = pytest.mark.xfail(strict=True, reason="E9.4: what lacks before the window is not said")
_MIB = 2.0**20
_WINDOW = 120  # samples, one a second


def a_leak_asked_about_after_51_seconds() -> ObservedSystem:
    """Memory is at its limit since half a minute, and 70 % of the requests are refused."""
    shop = _shop(201)
    _leaks(shop, "payments", _WINDOW - 51, fills_in=14)
    return shop


def a_heap_asked_about_after_45_seconds() -> ObservedSystem:
    """Java: the heap is full, and the collector takes all the time."""
    shop = _shop(202, memory="")
    since = shop.since(75)
    heap = np.minimum(0.985, 0.45 + 0.05 * since) * 512 * _MIB
    shop.metric("checkout", "jvm_memory_used_bytes", shop.noisy(heap, 0.004), "bytes")
    shop.metric("checkout", "jvm_memory_max_bytes", 512 * _MIB, "bytes")
    shop.happens(84, "checkout", failing=0.55, slower=0.4)
    shop.log("checkout", 85, "java.lang.OutOfMemoryError: GC overhead limit exceeded", lines=60, every=0.55)
    return shop


def a_container_asked_about_after_a_minute() -> ObservedSystem:
    """Two-second samples: the working set is at the limit, requests are refused before the kernel kills."""
    shop = _shop(203, memory="", step=2.0, samples=60)
    used = np.minimum(0.97, 0.3 + 0.09 * shop.since(30)) * 256 * _MIB
    shop.metric("web", "container_memory_working_set_bytes", shop.noisy(used, 0.004), "bytes")
    shop.metric("web", "container_spec_memory_limit_bytes", 256 * _MIB, "bytes")
    shop.happens(37, "web", failing=0.7)
    shop.log("web", 38, "allocation failed: heap out of memory, request refused", lines=70, every=0.3)
    return shop


def a_cache_asked_about_after_50_seconds() -> ObservedSystem:
    """Redis: used memory is at maxmemory, and writes are refused."""
    shop = ObservedSystem(seed=204, step=1.0, samples=_WINDOW)
    shop.service("basket", rate=14, calls=("redis",))
    shop.service("redis", rate=30, seconds=0.001)
    used = np.minimum(1.0, 0.55 + 0.045 * shop.since(68)) * 128 * _MIB
    shop.metric("redis", "redis_memory_used_bytes", shop.noisy(used, 0.002), "bytes")
    shop.metric("redis", "redis_memory_max_bytes", 128 * _MIB, "bytes")
    shop.happens(79, "redis", failing=0.5)
    message = "OOM command not allowed when used memory > 'maxmemory'"
    shop.log("redis", 79, message, lines=80, every=0.5)
    return shop


@pytest.mark.parametrize(
    ("story", "service"),
    [
        (a_leak_asked_about_after_51_seconds, "payments"),
        (a_heap_asked_about_after_45_seconds, "checkout"),
        (a_container_asked_about_after_a_minute, "web"),
        (a_cache_asked_about_after_50_seconds, "redis"),
    ],
)
def test_e9_1_memory_that_stands_at_its_limit_is_a_cause(story: Story, service: str) -> None:
    """It does not grow any more, its line says that it is used up, and a restart frees it."""
    diagnosis = story().diagnosis()
    assert found(diagnosis) == service
    assert "memory" in words(diagnosis)
    assert diagnosis.root_cause_candidates[0].remediation[:1] == (ActionKind.RESTART,)
    assert not any(missing.startswith(f"why {service}") for missing in diagnosis.missing_evidence)


def a_leak_with_a_tiny_wait() -> tuple[ObservedSystem, str]:
    """The mean wait for a connection grows from 0.05 to 0.28 milliseconds; memory is at its limit."""
    shop = _shop(211)
    _leaks(shop, "payments", _WINDOW - 76, fills_in=15)
    wait = shop.noisy(np.where(shop.is_late(60), 0.00028, 0.00005), 0.2)
    shop.metric("payments", "pool_wait_seconds", wait, "s")
    return shop, "payments/pool_wait_seconds"


def a_bad_release_with_a_tiny_queue() -> tuple[ObservedSystem, str]:
    """A fifth of a request waits on average where a tenth of one did, in front of 40 places."""
    shop = _shop(212)
    _released(shop, "checkout", 50, failing=0.35)
    waiting = shop.noisy(np.where(shop.is_late(50), 0.21, 0.1), 0.2)
    shop.metric("checkout", "queue_depth", waiting)
    return shop, "checkout/queue_depth"


def a_bad_release_with_a_little_processor() -> tuple[ObservedSystem, str]:
    """Twice the CPU time, which is two percent of a core."""
    shop = _shop(213)
    _released(shop, "web", 44, failing=0.45)
    shop.metric("web", "cpu_ratio", shop.noisy(np.where(shop.is_late(44), 0.021, 0.009), 0.1), "ratio")
    return shop, "web/cpu_ratio"


def a_bad_release_with_a_tiny_provider_delay() -> tuple[ObservedSystem, str]:
    """The provider answers in 0.9 instead of 0.3 milliseconds, and every request takes a second more."""
    shop = _shop(214)
    _released(shop, "payments", 40, slower=1.0)
    delay = shop.noisy(np.where(shop.is_late(40), 0.0009, 0.0003), 0.2)
    shop.metric("payments", "provider_latency_seconds", delay, "s")
    return shop, "payments/provider_latency_seconds"


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(a_leak_with_a_tiny_wait, marks=_E9_2),
        pytest.param(a_bad_release_with_a_tiny_queue, marks=_E9_2),
        a_bad_release_with_a_little_processor,
        a_bad_release_with_a_tiny_provider_delay,
    ],
)
def test_e9_2_a_difference_matters_in_absolute_terms(story: Callable[[], tuple[ObservedSystem, str]]) -> None:
    """What no person would notice supports no candidate, and offers no more of what there is enough of."""
    shop, tiny = story()
    diagnosis = shop.diagnosis()
    cause = diagnosis.cause
    assert cause is not None
    assert cause.service == tiny.split("/", maxsplit=1)[0]
    assert tiny not in {citation.id for citation in (*cause.evidence, *cause.speaks_for)}
    assert ActionKind.SCALE not in offered(diagnosis)


def failures_after_102_seconds() -> tuple[ObservedSystem, ActionKind]:
    """A release with 40 % errors; eighteen seconds of normal time are left in the window."""
    shop = _shop(221)
    _released(shop, "payments", _WINDOW - 102, failing=0.4)
    return shop, ActionKind.ROLLBACK


def waits_after_105_seconds() -> tuple[ObservedSystem, ActionKind]:
    """A release that takes 0.8 seconds more for each request, with a few gaps."""
    shop = _shop(222, gaps=0.05)
    _released(shop, "payments", _WINDOW - 105, slower=0.8)
    return shop, ActionKind.ROLLBACK


def a_pool_after_95_seconds() -> tuple[ObservedSystem, ActionKind]:
    """All connections are in use; every request waits a second for one."""
    shop = _shop(223)
    busy = np.minimum(1.0, 0.3 + 0.1 * shop.since(25))
    shop.metric("payments", "pool_in_use", 80 * np.clip(shop.noisy(busy, 0.02), 0, 1))
    shop.metric("payments", "pool_size", 80.0)
    shop.metric(
        "payments", "pool_wait_seconds", shop.noisy(np.where(shop.is_late(32), 1.1, 0.0004), 0.1), "s"
    )
    shop.happens(32, "payments", slower=1.1)
    return shop, ActionKind.SCALE


def a_leak_after_100_seconds() -> tuple[ObservedSystem, ActionKind]:
    shop = _shop(224)
    _leaks(shop, "payments", 20, fills_in=18)
    return shop, ActionKind.RESTART


BEFORE_LONG = (
    pytest.param(failures_after_102_seconds, marks=_E9_3),
    waits_after_105_seconds,
    a_pool_after_95_seconds,
    pytest.param(a_leak_after_100_seconds, marks=_E9_3),
)


@pytest.mark.parametrize("story", BEFORE_LONG)
def test_e9_3_little_normal_time_is_enough(story: Callable[[], tuple[ObservedSystem, ActionKind]]) -> None:
    """The cause is found with its action from a window that is mostly incident."""
    shop, action = story()
    diagnosis = shop.diagnosis()
    assert found(diagnosis) == "payments"
    assert diagnosis.root_cause_candidates[0].remediation[:1] == (action,)


def _failing(shop: ObservedSystem, first_sample: int) -> None:
    _released(shop, "payments", first_sample, failing=0.4)


def _slow(shop: ObservedSystem, first_sample: int) -> None:
    _released(shop, "checkout", first_sample, slower=1.2)


def _leaking(shop: ObservedSystem, first_sample: int) -> None:
    _leaks(shop, "payments", first_sample, fills_in=16)


TOO_LATE = (
    (_failing, "payments", 132),
    pytest.param(_slow, "checkout", 180, marks=_E9_4),
    (_leaking, "payments", 240),
    (_failing, "payments", 290),
)


@pytest.mark.parametrize(("fault", "service", "seconds"), TOO_LATE)
def test_e9_4_an_incident_older_than_the_window_asks_for_more(
    fault: Callable[[ObservedSystem, int], None], service: str, seconds: int
) -> None:
    """The two minutes are not called healthy and say what they lack; ten minutes have the cause."""
    long = _shop(230 + seconds % 7, samples=600)
    fault(long, 600 - seconds)
    whole = long.evidence()
    cut = whole.window.end.timestamp() - _WINDOW
    page = whole.model_copy(
        update={
            "window": whole.window.model_copy(update={"start": long.at(599 - _WINDOW)}),
            "series": tuple(
                series.model_copy(update={"points": tuple(p for p in series.points if p[0] >= cut)})
                for series in whole.series
            ),
            "logs": tuple(line for line in whole.logs if line.at.timestamp() >= cut),
            "changes": tuple(change for change in whole.changes if change.at.timestamp() >= cut),
        }
    )
    short = diagnose("", (page,))
    assert not is_healthy(short)
    assert first(short) in {"", service}
    assert any("before" in missing or "earlier" in missing for missing in short.missing_evidence)
    assert found(diagnose("", (whole,))) == service


def _shop(
    seed: int, *, memory: str = "memory_bytes", step: float = 1.0, samples: int = _WINDOW, gaps: float = 0
) -> ObservedSystem:
    """Web calls checkout, which calls payments, twelve times a second; the page shows their resources."""
    shop = ObservedSystem(seed=seed, step=step, samples=samples, gaps=gaps)
    shop.service("web", rate=12, seconds=0.015, calls=("checkout",), noise=0.25)
    shop.service("checkout", rate=12, seconds=0.015, calls=("payments",), noise=0.25)
    shop.service("payments", rate=12, seconds=0.01, noise=0.25)
    for name in ("web", "checkout", "payments"):
        if memory:
            shop.metric(name, memory, shop.noisy(38 * _MIB, 0.003), "bytes")
            shop.metric(name, "memory_limit_bytes", 96 * _MIB, "bytes")
        shop.metric(name, "replicas", 2.0)
    return shop


def _leaks(shop: ObservedSystem, service: str, first_sample: int, *, fills_in: int) -> None:
    """Memory fills within seconds; requests pause first, and 70 % are refused as soon as it is full."""
    full = first_sample + fills_in
    share = np.minimum(0.96, 0.4 + 0.56 * shop.since(first_sample) / fills_in)
    memory: Floats = shop.noisy(share * 96 * _MIB, 0.003)
    shop.metric(service, "memory_bytes", memory, "bytes")
    shop.happens(first_sample + fills_in // 2, service, until=full, slower=0.5)
    shop.happens(full, service, failing=0.7, slower=0.3)
    text = "memory nearly exhausted: 92.1 MiB of 96 MiB in use, request refused"
    count = int((shop.samples - full) * shop.step)
    shop.log(service, full, text, lines=count, every=1 / shop.step)


def _released(
    shop: ObservedSystem, service: str, first_sample: int, *, failing: float = 0.0, slower: float = 0.0
) -> None:
    """A release two seconds before requests fail or take longer."""
    at = first_sample - 2 / shop.step
    shop.changed(service, at, "deployment", f"{service} v1.5.0", version="v1.5.0", revision=2)
    shop.happens(first_sample, service, failing=failing, slower=slower)
    if failing:
        text = f"unhandled exception in {service}: KeyError: 'settlement_currency'"
        shop.log(service, first_sample, text, lines=(shop.samples - first_sample) * 2, every=0.5)
