from collections.abc import Mapping

from jsonschema import Draft202012Validator

from activities.ports import Actuator
from missions.catalog import Catalog
from missions.errors import RefusedError
from missions.proposal import Action


class RegisteredActuators:
    """The catalog, and the actuators of this process by their names."""

    def __init__(self, catalog: Catalog, actuators: Mapping[str, Actuator]) -> None:
        """Raises jsonschema.SchemaError, or ValueError where an entry names an actuator that is not there."""
        for entry in catalog.entries:
            Draft202012Validator.check_schema(entry.params)
        missing = {entry.actuator for entry in catalog.entries} - set(actuators)
        if missing:
            raise ValueError(f"The catalog names actuators that are not there: {', '.join(sorted(missing))}.")
        self._catalog = catalog
        self._actuators = dict(actuators)

    @property
    def catalog(self) -> Catalog:
        """What may be done at all."""
        return self._catalog

    def named(self, name: str) -> Actuator:
        """The actuator. Raises RefusedError where none has this name."""
        if name not in self._actuators:
            raise RefusedError(f"There is no actuator called {name}.")
        return self._actuators[name]

    def checked(self, action: Action) -> Actuator:
        """The action's actuator. Raises RefusedError where the catalog has no such action."""
        entry = self._catalog.of(action)
        if entry is None:
            raise RefusedError(f"The catalog has no such action: {action.words} by {action.actuator}.")
        wrong = next(iter(Draft202012Validator(entry.params).iter_errors(action.params)), None)
        if wrong is not None:
            raise RefusedError(
                f"The parameters of {action.words} are not those of {entry.name}: {wrong.message}."
            )
        return self.named(action.actuator)

    async def close(self) -> None:
        """Closes every actuator."""
        for actuator in self._actuators.values():
            await actuator.close()
