"""Issue 16, "Absence": a monitoring gap is named as such, and absence that is normal is no incident."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, first, is_found, is_healthy, offered, words
from observed_system import PROMQL, ObservedSystem

Story = Callable[[], ObservedSystem]
GAP_WORDS = ("gap", "monitoring", "sample", "series", "no data", "not seen", "missing", "scrape")


def prometheus_is_restarted() -> ObservedSystem:
    """Every series ends ten minutes before the window does."""
    shop = _shop(21)
    shop.metric("web", "cpu_ratio", np.where(shop.is_late(80), np.nan, shop.noisy(0.3)), "ratio")
    shop.ends(80)
    return shop


def everything_but_the_outside_probe_ends() -> ObservedSystem:
    """The agents' network is cut; a probe from elsewhere sees that the site is well."""
    shop = _shop(22)
    shop.ends(90)
    shop.metric("web", "probe_success", 1.0, query='probe_success{instance="https://shop.example"}')
    return shop


def one_exporter_is_down() -> ObservedSystem:
    """`up` of redis is 0 and its series end; everything that calls it is well."""
    shop = ObservedSystem(seed=23, style=PROMQL)
    shop.service("session-api", rate=60, calls=("redis",))
    shop.service("redis", rate=200, seconds=0.001)
    shop.ends(60, "redis")
    shop.metric("redis", "up", np.where(shop.is_late(60), 0.0, 1.0), query='up{job="redis_exporter"}')
    return shop


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(prometheus_is_restarted),
        pytest.param(everything_but_the_outside_probe_ends),
        pytest.param(one_exporter_is_down),
    ],
)
def test_e2_3_a_monitoring_gap_is_named_as_such(story: Story) -> None:
    """No cause is claimed, the present is not called healthy, and what was not seen is listed."""
    diagnosis = story().diagnosis()
    assert not is_found(diagnosis)
    assert not is_healthy(diagnosis)
    assert any(word in " ".join(diagnosis.missing_evidence).lower() for word in GAP_WORDS)
    assert not offered(diagnosis)


def a_gap_before_the_present() -> ObservedSystem:
    """Twenty minutes without samples, and then everything is as before."""
    shop = _shop(24)
    shop.ends(40, until=70)
    return shop


def a_batch_job_between_its_runs() -> ObservedSystem:
    """It runs for five minutes in each hour, and has no series between its runs."""
    bank = ObservedSystem(seed=25, step=60, samples=355)
    hourly = np.where(np.arange(355) % 60 < 5, 8.0, 0.0)
    bank.service("payroll-export", rate=hourly, seconds=1.5)
    bank.service("accounts", rate=15)
    return bank


def a_quiet_night() -> ObservedSystem:
    """Three days: each night three percent of the day's requests are left; the window ends at night."""
    shop = ObservedSystem(seed=26, step=600, samples=3 * 144)
    hour = np.arange(3 * 144) / 6 % 24
    day = 0.03 + 0.97 * np.clip(np.sin((hour - 1) / 24 * 2 * np.pi), 0, 1)
    shop.service("web", rate=50 * day, calls=("catalog",))
    shop.service("catalog", rate=120 * day)
    return shop


def a_worker_without_work_is_scaled_to_zero() -> ObservedSystem:
    """KEDA: the queue is empty, so that no replica is left and no series."""
    video = ObservedSystem(seed=27)
    video.service("uploads", rate=4)
    video.service("transcoder", rate=2, seconds=5.0)
    video.ends(50, "transcoder")
    video.metric("transcoder", "queue_depth", np.where(video.is_late(48), 0.0, video.noisy(3, 0.5)))
    video.changed("transcoder", 50, "scale", "KEDA deactivated ScaledObject: replicas 1 -> 0, queue is empty")
    return video


def a_service_is_switched_off_on_purpose() -> ObservedSystem:
    """It has no callers any more, and the list of changes says that this was meant."""
    shop = _shop(28)
    shop.service("legacy-recommendations", rate=3)
    shop.ends(60, "legacy-recommendations")
    text = "kubectl scale deploy/legacy-recommendations --replicas=0 (CHG-4411: decommissioned)"
    shop.changed("legacy-recommendations", 60, "scale", text)
    return shop


@pytest.mark.parametrize(
    "story",
    [
        a_gap_before_the_present,
        a_batch_job_between_its_runs,
        a_quiet_night,
        a_worker_without_work_is_scaled_to_zero,
        a_service_is_switched_off_on_purpose,
    ],
)
def test_e2_4_normal_absence_is_no_incident(story: Story) -> None:
    """No cause is claimed and no action offered."""
    diagnosis = story().diagnosis()
    assert not is_found(diagnosis)
    assert not offered(diagnosis)


def a_service_is_switched_off_by_mistake() -> ObservedSystem:
    """Scaled to zero on purpose, but two services still call it."""
    shop = ObservedSystem(seed=29)
    shop.service("web", rate=40, calls=("prices",))
    shop.service("feeds", rate=10, calls=("prices",))
    shop.service("prices", rate=45)
    shop.happens(60, "prices", failing=0.97)
    shop.ends(60, "prices")
    shop.changed("prices", 60, "scale", "kubectl scale deploy/prices --replicas=0 by j.doe")
    return shop


def an_incident_with_a_gap_in_it() -> ObservedSystem:
    """Errors begin, then monitoring is away for five minutes, then the errors are still there."""
    shop = _shop(30)
    shop.happens(55, "catalog", failing=0.35)
    shop.ends(60, until=80)
    return shop


def test_e2_4_absence_with_failing_callers_is_an_incident() -> None:
    """What was meant well is the cause all the same, and the change is named."""
    diagnosis = a_service_is_switched_off_by_mistake().diagnosis()
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == "prices"
    assert "replicas" in words(diagnosis) or "scale" in words(diagnosis)


def test_e2_3_a_gap_hides_no_incident() -> None:
    """The cause is found on both sides of a monitoring gap, with the onset before it."""
    story = an_incident_with_a_gap_in_it()
    diagnosis = story.diagnosis()
    assert claimed(diagnosis) == "catalog"
    assert diagnosis.onset is not None
    assert abs((diagnosis.onset - story.at(55)).total_seconds()) <= 3 * story.step


def _shop(seed: int) -> ObservedSystem:
    shop = ObservedSystem(seed=seed)
    shop.service("web", rate=40, calls=("catalog", "cart"))
    shop.service("catalog", rate=60)
    shop.service("cart", rate=12)
    return shop
