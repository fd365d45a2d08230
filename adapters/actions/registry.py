from collections.abc import Mapping
from typing import NamedTuple

from jsonschema import Draft202012Validator

from activities.ports import Actuator
from missions.catalog import Catalog, CatalogEntry
from missions.errors import RefusedError
from missions.plan import ActionKind
from missions.proposal import Action, ActionPlace


class ServingActuator(NamedTuple):
    """An actuator, the organizations that it serves, and where it acts."""

    actuator: Actuator
    organizations: tuple[str, ...]
    place: ActionPlace = ActionPlace()


class RegisteredActuators:
    """The catalog of actions, and this process's actuators by name, for the organizations that they serve."""

    def __init__(self, catalog: Catalog, actuators: Mapping[str, ServingActuator]) -> None:
        """Raises jsonschema.SchemaError, and ValueError with every entry and actuator that does not fit."""
        for entry in catalog.entries:
            Draft202012Validator.check_schema(entry.params)
        if faults := catalog.faults({name: serving.organizations for name, serving in actuators.items()}):
            raise ValueError(" ".join(faults))
        self._catalog = catalog
        self._actuators = dict(actuators)

    def remedies(self, org: str, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        """The organization's entries of this kind for this service, the best first."""
        return self._catalog.remedies(org, kind, service)

    def entry(self, org: str, action: Action) -> CatalogEntry | None:
        """The organization's entry that the action names; None if there is none."""
        return self._catalog.of(org, action)

    def named(self, org: str, name: str) -> Actuator:
        """The actuator. Raises RefusedError for an unknown name, and for one that serves others only."""
        return self._serving(org, name).actuator

    def place(self, org: str, name: str) -> ActionPlace:
        """Where the actuator acts. Raises RefusedError as `named` does."""
        return self._serving(org, name).place

    def checked(self, org: str, action: Action) -> Actuator:
        """The action's actuator. Raises RefusedError unless the organization has such an action."""
        entry = self.entry(org, action)
        if entry is None:
            raise RefusedError(f"The catalog has no such action: {action.words} by {action.actuator}.")
        violation = next(iter(Draft202012Validator(entry.params).iter_errors(action.params)), None)
        if violation is not None:
            raise RefusedError(
                f"The parameters of {action.words} are not those of {entry.name}: {violation.message}."
            )
        serving = self._serving(org, action.actuator)
        if elsewhere := serving.place.refusal(action):
            raise RefusedError(f"{action.actuator} {elsewhere}")
        return serving.actuator

    def _serving(self, org: str, name: str) -> ServingActuator:
        serving = self._actuators.get(name)
        if serving is None or org not in serving.organizations:
            raise RefusedError(f"There is no actuator called {name}.")
        return serving

    async def close(self) -> None:
        """Closes every actuator."""
        for serving in self._actuators.values():
            await serving.actuator.close()
