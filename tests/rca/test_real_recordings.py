"""Issue 16, "Real recordings": shares, short complaints, few samples, and windows without a normal time."""

from collections.abc import Callable

import numpy as np
import pytest
from claims import claimed, confidence_in, first, is_found, is_healthy
from observed_system import PROMQL, SUCCESS, Floats, ObservedSystem

Story = Callable[[], ObservedSystem]


def success_falls_by_a_third() -> ObservedSystem:
    """Minute samples until three minutes after the onset: 100 % to 65 %."""
    boutique = _boutique(403, calls_per_minute=200)
    boutique.happens(19, "checkout", failing=0.35)
    return boutique


def a_rarely_called_service_fails() -> ObservedSystem:
    """Eight calls a minute, of which three fail."""
    boutique = _boutique(406, calls_per_minute=8)
    boutique.happens(16, "checkout", failing=0.4)
    return boutique


def seven_of_a_hundred_fail() -> ObservedSystem:
    """A small share of nine hundred calls a minute is many people."""
    boutique = _boutique(404, calls_per_minute=900)
    boutique.happens(18, "checkout", failing=0.07)
    return boutique


def five_minute_samples() -> ObservedSystem:
    """Success in steps of five minutes, with gaps, as CloudWatch keeps it."""
    boutique = _boutique(84, calls_per_minute=30, samples=40)
    boutique.step, boutique.gaps = 300.0, 0.08
    boutique.happens(36, "checkout", failing=0.25)
    return boutique


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(success_falls_by_a_third),
        pytest.param(a_rarely_called_service_fails),
        pytest.param(seven_of_a_hundred_fail),
        five_minute_samples,
    ],
)
def test_e8_1_a_share_of_many_requests_is_not_one_failed_request(story: Story) -> None:
    """The failing service is found below its failing caller."""
    diagnosis = story().diagnosis()
    assert claimed(diagnosis) == "checkout"


def single_failures_of_a_rare_service() -> ObservedSystem:
    """Three calls a minute, of which one fails now and then: 67 % in some samples, before and after."""
    boutique = _boutique(85, calls_per_minute=3, samples=60)
    boutique.happens(0, "checkout", failing=0.03)
    return boutique


def one_failed_call_at_the_end() -> ObservedSystem:
    boutique = _boutique(86, calls_per_minute=2, samples=60)
    boutique.happens(58, "checkout", until=59, failing=0.5)
    return boutique


@pytest.mark.parametrize("story", [single_failures_of_a_rare_service, one_failed_call_at_the_end])
def test_e8_1_one_failed_request_is_no_incident(story: Story) -> None:
    """A share of few requests jumps by itself."""
    assert not is_found(story().diagnosis())


def five_bad_samples_of_sixty() -> ObservedSystem:
    """The database is slow for five minutes; ads drift during the whole second half."""
    shop = _complaint(91)
    shop.happens(30, "orders-db", until=35, slower=0.8)
    return shop


def the_last_four_samples() -> ObservedSystem:
    shop = _complaint(92)
    shop.happens(56, "orders-db", slower=0.6)
    return shop


def two_short_bursts() -> ObservedSystem:
    shop = _complaint(93)
    for burst in (20, 41):
        shop.happens(burst, "orders-db", until=burst + 3, slower=1.1)
    return shop


def a_burst_of_failures() -> ObservedSystem:
    """Failures instead of waits, early in the window, and long over at its end."""
    shop = _complaint(94)
    shop.happens(12, "orders-db", until=17, failing=0.5)
    return shop


@pytest.mark.parametrize(
    ("story", "symptom"),
    [
        pytest.param(five_bad_samples_of_sixty, "orders is slow"),
        (the_last_four_samples, "slow requests in orders"),
        pytest.param(two_short_bursts, "orders: latency alert, twice"),
        pytest.param(a_burst_of_failures, "orders returned errors"),
    ],
)
def test_e8_2_services_are_compared_while_the_complaint_is_bad(story: Story, symptom: str) -> None:
    """What is bad in just those samples comes before what is a little worse all the time."""
    diagnosis = story().diagnosis(symptom)
    assert not is_healthy(diagnosis)
    assert first(diagnosis) == "orders-db"


def three_samples_of_a_nightly_call() -> ObservedSystem:
    """Audit is called three times in half an hour; its last call was slow."""
    shop = _failing_stock(101)
    shop.metric("audit", "latency_p95_seconds", _only({10: 0.04, 55: 0.05, 100: 1.9}, 120), "s")
    return shop


def three_failed_calls() -> ObservedSystem:
    """A share of 100 %, of one request each, all after the onset."""
    shop = _failing_stock(102)
    shop.metric("audit", "error_ratio", _only({5: 0.0, 30: 0.0, 70: 1.0, 90: 1.0, 110: 1.0}, 120), "ratio")
    return shop


def four_samples_in_two_statistics() -> ObservedSystem:
    """Three of four samples were fast; traffic is listed too, and is tiny."""
    shop = _failing_stock(103)
    shop.metric("gift-cards", "latency_mean_ms", _only({5: 30, 30: 28, 62: 31, 64: 2600}, 120), "ms")
    shop.metric(
        "gift-cards", "requests_per_second", _only({5: 0.07, 30: 0.07, 62: 0.07, 64: 0.07}, 120), "rps"
    )
    return shop


def six_samples_without_a_call_graph() -> ObservedSystem:
    """Three calls of audit before the onset were quick, three after it were not; no calls are listed."""
    shop = _failing_stock(105, samples=30, step=60.0)
    shop.lists_calls = False
    values = {3: 0.05, 9: 0.06, 13: 0.05, 17: 1.9, 22: 2.3, 28: 1.7}
    shop.metric("audit", "latency_p95_seconds", _only(values, 30), "s")
    return shop


def a_leaf_with_few_minutes() -> ObservedSystem:
    """Half an hour in minutes: a leaf of the same caller has six samples, the last three of them slower."""
    shop = _failing_stock(104, samples=30, step=60.0)
    values = {2: 0.011, 7: 0.012, 12: 0.011, 18: 0.09, 22: 0.07, 27: 0.11}
    shop.metric("audit", "latency_p95_seconds", _only(values, 30), "s")
    return shop


@pytest.mark.parametrize(
    ("story", "rare"),
    [
        (three_samples_of_a_nightly_call, "audit"),
        (three_failed_calls, "audit"),
        (four_samples_in_two_statistics, "gift-cards"),
        (a_leaf_with_few_minutes, "audit"),
        (six_samples_without_a_call_graph, "audit"),
    ],
)
def test_e8_5_three_samples_do_not_win(story: Story, rare: str) -> None:
    """The well-sampled service with the clear change comes first."""
    diagnosis = story().diagnosis()
    assert first(diagnosis) == "stock"
    assert confidence_in(diagnosis, rare) < 0.3


def _boutique(seed: int, calls_per_minute: float, samples: int = 22) -> ObservedSystem:
    boutique = ObservedSystem(seed=seed, style=SUCCESS, step=60, samples=samples)
    rate = calls_per_minute / 60
    boutique.service("frontend", rate=3 * rate, failing=0, calls=("checkout", "ads"))
    boutique.service("checkout", rate=rate, failing=0, calls=("currency",))
    boutique.service("currency", rate=4 * rate, failing=0, seconds=0.01)
    boutique.service("ads", rate=3 * rate, failing=0)
    return boutique


def _complaint(seed: int) -> ObservedSystem:
    shop = ObservedSystem(seed=seed, step=60, samples=60, style=PROMQL)
    shop.service("orders", rate=25, calls=("orders-db", "ads"))
    shop.service("orders-db", rate=60, seconds=0.01)
    shop.service("ads", rate=25, seconds=0.03)
    shop.happens(30, "ads", slower=0.02)
    return shop


def _failing_stock(seed: int, samples: int = 120, step: float = 15.0) -> ObservedSystem:
    """Requests of stock fail and take longer; audit and gift-cards have no measurements but the story's."""
    shop = ObservedSystem(seed=seed, samples=samples, step=step)
    shop.service("web", rate=40, calls=("stock", "audit", "gift-cards"))
    shop.service("stock", rate=40)
    shop.service("audit", rate=0.001)
    shop.service("gift-cards", rate=0.001)
    shop.ends(0, "audit", "gift-cards")
    shop.happens(samples // 2, "stock", failing=0.06, slower=0.06)
    return shop


def _only(samples: dict[int, float], size: int) -> Floats:
    values = np.full(size, np.nan)
    for place, value in samples.items():
        values[place] = value
    return values
