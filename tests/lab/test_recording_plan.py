from collections import Counter

import pytest

from lab.recording.plan import HEALTHY, NON_CURES, UP_TO_CURE_S, draw_plan, portion
from lab.recording.truth import Ending

FAMILIES = {f"kind-{place}": f"family-{place % 5}" for place in range(30)} | {"calm": HEALTHY}


def test_every_kind_occurs_before_any_occurs_a_third_time() -> None:
    """60 incidents of 31 kinds: each once or twice."""
    counts = Counter(incident.kind for incident in draw_plan(60, FAMILIES, 1))
    assert counts.keys() == FAMILIES.keys()
    assert max(counts.values()) == 2


def test_the_same_seed_draws_the_same_plan() -> None:
    """A recorder that resumes finds its own folders."""
    assert draw_plan(60, FAMILIES, 3) == draw_plan(60, FAMILIES, 3)
    assert draw_plan(60, FAMILIES, 3) != draw_plan(60, FAMILIES, 4)


def test_a_new_kind_changes_no_other_incident() -> None:
    """What is recorded already stays part of the plan."""
    before = {incident.id: incident for incident in draw_plan(60, FAMILIES, 3)}
    after = {incident.id: incident for incident in draw_plan(70, FAMILIES | {"new": "family-1"}, 3)}
    kept = ("seed", "decoys", "normal_s", "complaint_s", "action_s")
    assert before.keys() < after.keys()
    for name, incident in before.items():
        assert all(getattr(incident, field) == getattr(after[name], field) for field in kept)


def test_a_quarter_of_the_faults_ends_without_a_cure_and_12_are_long() -> None:
    """Healthy recordings always end as if nothing had to be cured, and each kind of non-cure occurs."""
    plan = draw_plan(60, FAMILIES, 5)
    faults = [incident for incident in plan if FAMILIES[incident.kind] != HEALTHY]
    endings = Counter(incident.ending for incident in faults)
    assert len(faults) - endings[Ending.CURE] == round(len(faults) / 4)
    assert set(endings) == {Ending.CURE, *NON_CURES}
    assert {incident.ending for incident in plan if incident not in faults} == {Ending.CURE}
    assert sum(incident.follow_s == 720 for incident in plan) == 12
    assert {incident.follow_s for incident in plan} == {180.0, 720.0}


def test_an_incident_takes_at_most_five_minutes_up_to_its_cure() -> None:
    """Also the longest that can be drawn."""
    for seed in range(20):
        for incident in draw_plan(60, FAMILIES, seed):
            assert incident.normal_s + incident.complaint_s + incident.action_s <= UP_TO_CURE_S


def test_a_second_fault_is_of_another_family() -> None:
    """Curing the first one must leave something to find."""
    seconds = [
        incident
        for seed in range(5)
        for incident in draw_plan(60, FAMILIES, seed)
        if incident.ending is Ending.SECOND_FAULT
    ]
    assert seconds
    for incident in seconds:
        assert FAMILIES[incident.second] not in (FAMILIES[incident.kind], HEALTHY)


def test_portions_are_the_plan_once() -> None:
    """Recorders beside each other make every incident, and none twice."""
    plan = draw_plan(61, FAMILIES, 7)
    parts = [portion(plan, part, 3) for part in (1, 2, 3)]
    assert sorted(incident.id for part in parts for incident in part) == sorted({item.id for item in plan})
    with pytest.raises(ValueError, match="no part 4 of 3"):
        portion(plan, 4, 3)


def test_no_kind_no_plan() -> None:
    """A machine that can run no fault says so."""
    with pytest.raises(ValueError, match="no kind"):
        draw_plan(1, {}, 0)
