"""Issue 16, "Our own shop, by hand": a live window of two minutes, asked about when a person gets to it."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, offered, words
from observed_shop import MIB, WINDOW, leaks, released, shop_window
from observed_system import ObservedSystem

from missions.plan import ActionKind

Story = Callable[[], ObservedSystem]


def a_leak_asked_about_after_51_seconds() -> ObservedSystem:
    """Memory is at its limit since half a minute, 70 % are refused, and paused requests keep connections."""
    shop = shop_window(6)
    leaks(shop, "payments", WINDOW - 51, fills_in=14)
    shop.metric("payments", "pool_in_use", shop.noisy(np.where(shop.is_late(75), 9.0, 1.0), 0.2))
    shop.metric("payments", "pool_size", 80.0)
    return shop


def a_leak_asked_about_after_60_seconds() -> ObservedSystem:
    """Without a panel of connections."""
    shop = shop_window(360)
    leaks(shop, "payments", WINDOW - 60, fills_in=14)
    return shop


def a_leak_in_a_shop_that_has_just_started() -> ObservedSystem:
    """The first half minute of the window has no samples of requests yet."""
    shop = shop_window(1)
    leaks(shop, "payments", WINDOW - 51, fills_in=14)
    shop.ends(0, until=30)
    return shop


def a_leak_asked_about_after_90_seconds() -> ObservedSystem:
    """A quarter of the window is normal time, three fifths are failures at an even 70 %."""
    shop = shop_window(390)
    leaks(shop, "payments", WINDOW - 90, fills_in=14)
    return shop


def a_heap_asked_about_after_45_seconds() -> ObservedSystem:
    """Java: the heap is full, and the collector takes all the time."""
    shop = shop_window(202, memory="")
    since = shop.since(75)
    heap = np.minimum(0.985, 0.45 + 0.05 * since) * 512 * MIB
    shop.metric("checkout", "jvm_memory_used_bytes", shop.noisy(heap, 0.004), "bytes")
    shop.metric("checkout", "jvm_memory_max_bytes", 512 * MIB, "bytes")
    shop.happens(84, "checkout", failing=0.55, slower=0.4)
    shop.log("checkout", 85, "java.lang.OutOfMemoryError: GC overhead limit exceeded", lines=60, every=0.55)
    return shop


def a_container_asked_about_after_a_minute() -> ObservedSystem:
    """Two-second samples: the working set is at the limit, requests are refused before the kernel kills."""
    shop = shop_window(203, memory="", step=2.0, samples=60)
    used = np.minimum(0.97, 0.3 + 0.09 * shop.since(30)) * 256 * MIB
    shop.metric("web", "container_memory_working_set_bytes", shop.noisy(used, 0.004), "bytes")
    shop.metric("web", "container_spec_memory_limit_bytes", 256 * MIB, "bytes")
    shop.happens(37, "web", failing=0.7)
    shop.log("web", 38, "allocation failed: heap out of memory, request refused", lines=70, every=0.3)
    return shop


def a_cache_asked_about_after_50_seconds() -> ObservedSystem:
    """Redis: used memory is at maxmemory, and writes are refused."""
    shop = ObservedSystem(seed=204, step=1.0, samples=WINDOW)
    shop.service("basket", rate=14, calls=("redis",))
    shop.service("redis", rate=30, seconds=0.001)
    used = np.minimum(1.0, 0.55 + 0.045 * shop.since(68)) * 128 * MIB
    shop.metric("redis", "redis_memory_used_bytes", shop.noisy(used, 0.002), "bytes")
    shop.metric("redis", "redis_memory_max_bytes", 128 * MIB, "bytes")
    shop.happens(79, "redis", failing=0.5)
    message = "OOM command not allowed when used memory > 'maxmemory'"
    shop.log("redis", 79, message, lines=80, every=0.5)
    return shop


@pytest.mark.parametrize(
    ("story", "service"),
    [
        pytest.param(a_leak_asked_about_after_51_seconds, "payments"),
        pytest.param(a_leak_asked_about_after_60_seconds, "payments"),
        pytest.param(a_leak_in_a_shop_that_has_just_started, "payments"),
        pytest.param(a_leak_asked_about_after_90_seconds, "payments"),
        (a_heap_asked_about_after_45_seconds, "checkout"),
        (a_container_asked_about_after_a_minute, "web"),
        (a_cache_asked_about_after_50_seconds, "redis"),
    ],
)
def test_e9_1_memory_that_stands_at_its_limit_is_a_cause(story: Story, service: str) -> None:
    """It does not grow any more, its line says that it is used up, and a restart frees it."""
    diagnosis = story().diagnosis()
    assert claimed(diagnosis) == service
    assert "memory" in words(diagnosis)
    assert diagnosis.root_cause_candidates[0].remediation[:1] == (ActionKind.RESTART,)
    assert not any(missing.startswith(f"why {service}") for missing in diagnosis.missing_evidence)


def a_leak_with_a_tiny_wait() -> tuple[ObservedSystem, str]:
    """The mean wait for a connection grows from 0.05 to 0.28 milliseconds; memory is at its limit."""
    shop = shop_window(211)
    leaks(shop, "payments", WINDOW - 76, fills_in=15)
    wait = shop.noisy(np.where(shop.is_late(60), 0.00028, 0.00005), 0.2)
    shop.metric("payments", "pool_wait_seconds", wait, "s")
    return shop, "payments/pool_wait_seconds"


def a_bad_release_with_a_tiny_queue() -> tuple[ObservedSystem, str]:
    """A fifth of a request waits on average where a tenth of one did, in front of 40 places."""
    shop = shop_window(212)
    released(shop, "checkout", 50, failing=0.35)
    waiting = shop.noisy(np.where(shop.is_late(50), 0.21, 0.1), 0.2)
    shop.metric("checkout", "queue_depth", waiting)
    return shop, "checkout/queue_depth"


def a_bad_release_with_a_little_processor() -> tuple[ObservedSystem, str]:
    """Twice the CPU time, which is two percent of a core."""
    shop = shop_window(213)
    released(shop, "web", 44, failing=0.45)
    shop.metric("web", "cpu_ratio", shop.noisy(np.where(shop.is_late(44), 0.021, 0.009), 0.1), "ratio")
    return shop, "web/cpu_ratio"


def a_bad_release_with_a_tiny_provider_delay() -> tuple[ObservedSystem, str]:
    """The provider answers in 0.9 instead of 0.3 milliseconds, and every request takes a second more."""
    shop = shop_window(214)
    released(shop, "payments", 40, slower=1.0)
    delay = shop.noisy(np.where(shop.is_late(40), 0.0009, 0.0003), 0.2)
    shop.metric("payments", "provider_latency_seconds", delay, "s")
    return shop, "payments/provider_latency_seconds"


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(a_leak_with_a_tiny_wait),
        pytest.param(a_bad_release_with_a_tiny_queue),
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
