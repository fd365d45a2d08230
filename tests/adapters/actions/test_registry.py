"""Only a catalog entry with valid parameters is executed."""

from typing import Any

import pytest
import samples as sample
from jsonschema import SchemaError
from memory_actuator import MemoryActuator
from pydantic import ValidationError

from adapters.actions.registry import RegisteredActuators, ServingActuator
from missions.catalog import Catalog, CatalogEntry, remedies_of
from missions.errors import RefusedError
from missions.plan import ActionKind
from missions.proposal import Action, RiskLevel


@pytest.fixture
def actuators() -> RegisteredActuators:
    only = CatalogEntry(
        name="bounce",
        kind=ActionKind.RESTART,
        actuator="other",
        organizations=(sample.ORG, "acme"),
        services=("web",),
    )
    catalog = Catalog(entries=(*remedies_of("memory", sample.ORG), only))
    return RegisteredActuators(
        catalog,
        {
            "memory": ServingActuator(MemoryActuator(sample.state()), (sample.ORG, "beta")),
            "other": ServingActuator(MemoryActuator(), (sample.ORG, "acme")),
        },
    )


def action(**changes: Any) -> Action:
    return sample.proposal().action.model_copy(update=changes)


def test_the_actuator_is_chosen_by_name(actuators: RegisteredActuators) -> None:
    """The action names its actuator; the entry must name the same."""
    assert actuators.checked(sample.ORG, action()) is actuators.named(sample.ORG, "memory")
    web = action(kind=ActionKind.RESTART, service="web", actuator="other", entry="bounce", params={})
    assert actuators.checked(sample.ORG, web) is actuators.named(sample.ORG, "other")


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
        actuators.checked(sample.ORG, action(**changes))


def test_a_catalog_that_cannot_work_does_not_start() -> None:
    """A catalog with an invalid schema or an unknown actuator is refused."""
    (restart, *_) = remedies_of("memory", sample.ORG)
    broken = restart.model_copy(update={"params": {"type": "thing"}})
    serving = {"memory": ServingActuator(MemoryActuator(), (sample.ORG,))}
    with pytest.raises(SchemaError):
        RegisteredActuators(Catalog(entries=(broken,)), serving)
    with pytest.raises(ValueError, match="memory"):
        RegisteredActuators(Catalog(entries=(restart,)), {})
    with pytest.raises(ValidationError):
        CatalogEntry.model_validate(restart.model_dump() | {"service": ["payments"]})  # misspelled


def test_an_unrated_action_is_critical() -> None:
    """An entry without a severity is CRITICAL."""
    assert CatalogEntry(name="x", kind=ActionKind.RESTART, actuator="a").severity is RiskLevel.CRITICAL


@pytest.mark.parametrize("org", ["acme", "beta", "gamma", "", "dem", "demo-2", "DEMO", "*"])
def test_az9_targets_of_another_organization_do_not_exist(actuators: RegisteredActuators, org: str) -> None:
    """What does not serve an organization gives it the same answers as what does not exist.

    acme is served by the other actuator only; beta by the actuator, but by no entry.
    """
    assert actuators.remedies(org, ActionKind.ROLLBACK, sample.SERVICE) == ()
    assert actuators.entry(org, action()) is None
    with pytest.raises(RefusedError) as foreign:
        actuators.checked(org, action())
    with pytest.raises(RefusedError) as missing:
        actuators.checked(sample.ORG, action(entry="nothing"))
    assert str(foreign.value) == str(missing.value)
    if org != "beta":
        with pytest.raises(RefusedError, match="There is no actuator called memory"):
            actuators.named(org, "memory")


def test_an_entry_of_one_name_may_serve_each_organization_differently() -> None:
    """The entry of an action is the one that serves the organization."""
    (restart, *_) = remedies_of("memory", "acme")
    strict = restart.model_copy(update={"organizations": ("beta",), "severity": RiskLevel.HIGH})
    catalog = Catalog(entries=(restart, strict))
    wanted = action(kind=ActionKind.RESTART, entry="restart", params={})
    assert [catalog.of(org, wanted) for org in ("acme", "beta", "demo")] == [restart, strict, None]


def test_az9_an_entry_serves_what_its_actuator_serves() -> None:
    """Every actuator and entry that names no organization, or one too many, is named in one error."""
    entries = (
        *remedies_of("memory", "acme"),
        *(entry.model_copy(update={"name": f"{entry.name}-2"}) for entry in remedies_of("memory")),
        *remedies_of("nobody", "acme"),
    )
    actuators = {
        "memory": ServingActuator(MemoryActuator(), ("demo",)),
        "idle": ServingActuator(MemoryActuator(), ()),
        "lazy": ServingActuator(MemoryActuator(), ()),
    }
    with pytest.raises(ValueError, match="organizations") as error:
        RegisteredActuators(Catalog(entries=entries), actuators)
    assert str(error.value).split(". ") == [
        "The actuator idle names no organizations",
        "The actuator lazy names no organizations",
        *(
            f"The catalog entry {name} of memory serves acme, which the actuator does not serve"
            for name in ("restart", "scale", "rollback")
        ),
        *(
            f"The catalog entry {name}-2 of memory names no organizations"
            for name in ("restart", "scale", "rollback")
        ),
        "The catalog entry restart of nobody names an actuator that does not exist",
        "The catalog entry scale of nobody names an actuator that does not exist",
        "The catalog entry rollback of nobody names an actuator that does not exist.",
    ]
