from collections.abc import Mapping

from jsonschema import Draft202012Validator

from activities.ports import Actuator
from missions.catalog import Catalog
from missions.errors import RefusedError
from missions.proposal import Action


class RegisteredActuators:
    """The catalog of actions, and this process's actuators by name."""

    def __init__(self, catalog: Catalog, actuators: Mapping[str, Actuator]) -> None:
        """Raises jsonschema.SchemaError, and ValueError where an entry names a missing actuator."""
        for entry in catalog.entries:
            Draft202012Validator.check_schema(entry.params)
        missing = {entry.actuator for entry in catalog.entries} - set(actuators)
        if missing:
            raise ValueError(f"The catalog names actuators that do not exist: {', '.join(sorted(missing))}.")
        self._catalog = catalog
        self._actuators = dict(actuators)

    @property
    def catalog(self) -> Catalog:
        """Every action that may be executed."""
        return self._catalog

    def named(self, name: str) -> Actuator:
        """The actuator of this name. Raises RefusedError for an unknown name."""
        if name not in self._actuators:
            raise RefusedError(f"There is no actuator called {name}.")
        return self._actuators[name]

    def checked(self, action: Action) -> Actuator:
        """The action's actuator. Raises RefusedError unless the catalog has such an action."""
        entry = self._catalog.of(action)
        if entry is None:
            raise RefusedError(f"The catalog has no such action: {action.words} by {action.actuator}.")
        violation = next(iter(Draft202012Validator(entry.params).iter_errors(action.params)), None)
        if violation is not None:
            raise RefusedError(
                f"The parameters of {action.words} are not those of {entry.name}: {violation.message}."
            )
        return self.named(action.actuator)

    async def close(self) -> None:
        """Closes every actuator."""
        for actuator in self._actuators.values():
            await actuator.close()
