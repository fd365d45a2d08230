"""What is over is not said to be so now."""

import pytest
from claims import is_found
from observed_system import ObservedSystem

from missions.diagnosis import Diagnosis


def _diagnosis(until: int | None, *, slower: float = 0.0, failing: float = 0.0) -> Diagnosis:
    """Payments is bad from the 50th of 120 samples to `until`, and web, which calls it, with it."""
    shop = ObservedSystem(seed=61)
    shop.service("web", rate=30, calls=("payments",))
    shop.service("payments", rate=20)
    shop.happens(50, "payments", until=until, slower=slower, failing=failing)
    return shop.diagnosis("web answers slowly and with errors")


def _cited(diagnosis: Diagnosis) -> str:
    return " ".join(each.description for each in diagnosis.root_cause_candidates[0].evidence)


@pytest.mark.parametrize(("slower", "failing"), [(0.7, 0.0), (0.0, 0.3), (0.4, 0.1)])
def test_an_incident_that_is_over_is_not_said_to_be_now(slower: float, failing: float) -> None:
    """Its levels are those of then, with the newest one beside them, and the headline says so."""
    diagnosis = _diagnosis(85, slower=slower, failing=failing)
    assert is_found(diagnosis)
    assert "symptoms are over" in diagnosis.summary
    assert ", then " in _cited(diagnosis)
    assert ", at the end " in _cited(diagnosis)
    assert ", now " not in _cited(diagnosis)


@pytest.mark.parametrize("until", [None, 118])
def test_what_goes_on_is_said_to_be_now(until: int | None) -> None:
    """Two good samples are not the end of it."""
    diagnosis = _diagnosis(until, slower=0.7)
    assert "symptoms are over" not in diagnosis.summary
    assert ", now " in _cited(diagnosis)
    assert ", at the end " not in _cited(diagnosis)
