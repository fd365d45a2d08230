"""Issue 16, "Our own shop, by hand": questions that come when most of the window is incident."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, first, is_healthy
from observed_shop import WINDOW, leaks, released, shop_window
from observed_system import ObservedSystem

from missions.plan import ActionKind
from rca.diagnosis import diagnose


def failures_after_102_seconds() -> tuple[ObservedSystem, ActionKind]:
    """A release with 40 % errors; eighteen seconds of normal time are left in the window."""
    shop = shop_window(221)
    released(shop, "payments", WINDOW - 102, failing=0.4)
    return shop, ActionKind.ROLLBACK


def waits_after_105_seconds() -> tuple[ObservedSystem, ActionKind]:
    """A release that takes 0.8 seconds more for each request, with a few gaps."""
    shop = shop_window(222, gaps=0.05)
    released(shop, "payments", WINDOW - 105, slower=0.8)
    return shop, ActionKind.ROLLBACK


def a_pool_after_95_seconds() -> tuple[ObservedSystem, ActionKind]:
    """All connections are in use; every request waits a second for one."""
    shop = shop_window(223)
    busy = np.minimum(1.0, 0.3 + 0.1 * shop.since(25))
    shop.metric("payments", "pool_in_use", 80 * np.clip(shop.noisy(busy, 0.02), 0, 1))
    shop.metric("payments", "pool_size", 80.0)
    shop.metric(
        "payments", "pool_wait_seconds", shop.noisy(np.where(shop.is_late(32), 1.1, 0.0004), 0.1), "s"
    )
    shop.happens(32, "payments", slower=1.1)
    return shop, ActionKind.SCALE


def a_leak_after_100_seconds() -> tuple[ObservedSystem, ActionKind]:
    shop = shop_window(224)
    leaks(shop, "payments", 20, fills_in=18)
    return shop, ActionKind.RESTART


BEFORE_LONG = (
    failures_after_102_seconds,
    waits_after_105_seconds,
    a_pool_after_95_seconds,
    pytest.param(a_leak_after_100_seconds),
)


@pytest.mark.parametrize("story", BEFORE_LONG)
def test_e9_3_little_normal_time_is_enough(story: Callable[[], tuple[ObservedSystem, ActionKind]]) -> None:
    """The cause is found with its action from a window that is mostly incident."""
    shop, action = story()
    diagnosis = shop.diagnosis()
    assert claimed(diagnosis) == "payments"
    assert diagnosis.root_cause_candidates[0].remediation[:1] == (action,)


def _failing(shop: ObservedSystem, first_sample: int) -> None:
    released(shop, "payments", first_sample, failing=0.4)


def _slow(shop: ObservedSystem, first_sample: int) -> None:
    released(shop, "checkout", first_sample, slower=1.2)


def _leaking(shop: ObservedSystem, first_sample: int) -> None:
    leaks(shop, "payments", first_sample, fills_in=16)


TOO_LATE = (
    (_failing, "payments", 132),
    pytest.param(_slow, "checkout", 180),
    (_leaking, "payments", 240),
    (_failing, "payments", 290),
)


@pytest.mark.parametrize(("fault", "service", "seconds"), TOO_LATE)
def test_e9_4_an_incident_older_than_the_window_asks_for_more(
    fault: Callable[[ObservedSystem, int], None], service: str, seconds: int
) -> None:
    """The two minutes are not called healthy and say what they lack; ten minutes have the cause."""
    long = shop_window(230 + seconds % 7, samples=600)
    fault(long, 600 - seconds)
    whole = long.evidence()
    cut = whole.window.end.timestamp() - WINDOW
    page = whole.model_copy(
        update={
            "window": whole.window.model_copy(update={"start": long.at(599 - WINDOW)}),
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
    assert claimed(diagnose("", (whole,))) == service
