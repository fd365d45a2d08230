"""Issue 16, "Real recordings": a resource at its end says something by itself."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import confidence_in, first, is_found, is_healthy
from observed_system import PROMQL, Floats, ObservedSystem

Story = Callable[[], ObservedSystem]


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
    pytest.param(a_processor_at_its_end, "encoder"),
    pytest.param(a_disk_at_its_end_with_latency_elsewhere, "orders-db"),
    (no_bytes_are_left, "broker"),
    pytest.param(no_file_can_be_opened, "sessions"),
)


@pytest.mark.parametrize(("story", "service"), ENDS)
def test_e8_6_a_resource_at_its_end_says_something(story: Story, service: str) -> None:
    """The service with the used-up resource comes first, with a confidence that is worth its name."""
    diagnosis = story().diagnosis()
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == service
    assert 0.3 <= confidence_in(diagnosis, service) <= 0.95


def a_batch_that_always_uses_its_processor() -> ObservedSystem:
    """95 % from the first sample to the last, by design, and no request waits for it."""
    system = ObservedSystem(seed=145)
    system.service("web", rate=40)
    return _with(system, "nightly-render", "cpu_ratio", np.clip(system.noisy(0.95, 0.02), 0, 1), "ratio")


def test_e8_6_a_resource_that_is_always_busy_is_no_incident() -> None:
    assert not is_found(a_batch_that_always_uses_its_processor().diagnosis())


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
