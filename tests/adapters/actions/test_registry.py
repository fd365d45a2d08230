"""Only a catalog entry with valid parameters is executed."""

from typing import Any

import pytest
import samples as sample
from jsonschema import SchemaError
from memory_actuator import MemoryActuator

from adapters.actions.registry import RegisteredActuators
from missions.catalog import Catalog, CatalogEntry, remedies_of
from missions.errors import RefusedError
from missions.plan import ActionKind
from missions.proposal import Action, RiskLevel


@pytest.fixture
def actuators() -> RegisteredActuators:
    only = CatalogEntry(name="bounce", kind=ActionKind.RESTART, actuator="other", services=("web",))
    catalog = Catalog(entries=(*remedies_of("memory"), only))
    return RegisteredActuators(catalog, {"memory": MemoryActuator(sample.state()), "other": MemoryActuator()})


def action(**changes: Any) -> Action:
    return sample.proposal().action.model_copy(update=changes)


def test_the_actuator_is_chosen_by_name(actuators: RegisteredActuators) -> None:
    """The action names its actuator; the entry must name the same."""
    assert actuators.checked(action()) is actuators.named("memory")
    web = action(kind=ActionKind.RESTART, service="web", actuator="other", entry="bounce", params={})
    assert actuators.checked(web) is actuators.named("other")


@pytest.mark.parametrize(
    "changes",
    [
        {"actuator": "shell"},
        {"actuator": "other"},
        {"entry": "rm"},
        {"entry": ""},
        {"kind": ActionKind.SCALE},
        {"params": {}},
        {"params": {"revision": "1"}},
        {"params": {"revision": True}},
        {"params": {"revision": -1}},
        {"params": {"revision": 1, "force": True}},
        {"kind": ActionKind.RESTART, "entry": "bounce", "actuator": "other", "params": {}},  # not of payments
    ],
    ids=str,
)
def test_what_the_catalog_does_not_hold_is_refused(
    actuators: RegisteredActuators, changes: dict[str, Any]
) -> None:
    """An action that differs from its catalog entry in actuator, kind, service or parameters is refused."""
    with pytest.raises(RefusedError):
        actuators.checked(action(**changes))


def test_a_catalog_that_cannot_work_does_not_start() -> None:
    """A catalog with an invalid schema or an unknown actuator is refused."""
    broken = CatalogEntry(name="x", kind=ActionKind.RESTART, actuator="memory", params={"type": "thing"})
    with pytest.raises(SchemaError):
        RegisteredActuators(Catalog(entries=(broken,)), {"memory": MemoryActuator()})
    with pytest.raises(ValueError, match="memory"):
        RegisteredActuators(Catalog(entries=remedies_of("memory")), {})


def test_an_unrated_action_is_critical() -> None:
    """An entry without a severity is CRITICAL."""
    assert CatalogEntry(name="x", kind=ActionKind.RESTART, actuator="a").severity is RiskLevel.CRITICAL
