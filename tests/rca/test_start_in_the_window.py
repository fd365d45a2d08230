"""A window in which the system itself was started: the first requests are no incident and hide none."""

from datetime import timedelta

import numpy as np
import pytest
from claims import is_found
from observed_system import PLAIN, PROMQL, SUCCESS, ObservedSystem, Style

NAMES = ("web", "orders", "payments", *(f"backend-{number}" for number in range(10)))


def started(sample: int, style: Style, seed: int) -> ObservedSystem:
    """Everything gets its first requests at the sample, and holds connections from then on."""
    system = ObservedSystem(seed=seed, style=style)
    late = system.is_late(sample).astype(np.float64)
    for place, name in enumerate(NAMES):
        system.service(name, rate=late * (30.0 + 5 * place))
        system.metric(name, "db_pool_connections_in_use", np.round(late * (6.0 + place)), "connections")
    return system


@pytest.mark.parametrize("style", [PLAIN, SUCCESS, PROMQL])
@pytest.mark.parametrize(("sample", "fault"), [(12, 70), (30, 90), (45, 100)])
@pytest.mark.parametrize(("slower", "failing"), [(0.0, 0.03), (0.06, 0.0), (0.4, 0.2)])
def test_the_onset_is_that_of_the_fault(
    style: Style, sample: int, fault: int, slower: float, failing: float
) -> None:
    """Also of a slight one: a start changes more than it does."""
    system = started(sample, style, seed=sample)
    system.happens(fault, "payments", slower=slower, failing=failing)
    diagnosis = system.diagnosis("something is late")
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset - system.at(fault)) <= timedelta(seconds=3 * system.step), diagnosis.onset
    assert diagnosis.root_cause_candidates[0].service == "payments"


@pytest.mark.parametrize("style", [PLAIN, SUCCESS, PROMQL])
@pytest.mark.parametrize("sample", [10, 35, 60])
def test_a_start_alone_is_no_incident(style: Style, sample: int) -> None:
    diagnosis = started(sample, style, seed=sample).diagnosis("is everything fine?")
    assert not is_found(diagnosis)
    assert "no service had requests before" in diagnosis.summary


@pytest.mark.parametrize("late", [1, 2])
def test_series_that_begin_a_little_later_are_no_start(late: int) -> None:
    """Dashboards and targets have their first samples at different moments."""
    system = ObservedSystem(seed=late)
    for place, name in enumerate(NAMES):
        system.service(name, rate=30.0 + place)
    system.ends(0, *NAMES[1:], until=late)
    diagnosis = system.diagnosis("is everything fine?")
    assert not is_found(diagnosis)
    assert "no service had requests before" not in diagnosis.summary


def test_a_service_that_begins_to_get_requests_is_no_start() -> None:
    """The others had theirs: what it does to them counts from its first request on."""
    system = ObservedSystem(seed=3)
    system.service("web", rate=30, calls=("search",))
    system.service("search", rate=20)
    system.service("crawler", rate=40.0 * system.is_late(60).astype(np.float64))
    system.happens(60, "search", slower=0.5)
    diagnosis = system.diagnosis("search is slow")
    assert diagnosis.onset is not None
    assert abs(diagnosis.onset - system.at(60)) <= timedelta(seconds=3 * system.step)
