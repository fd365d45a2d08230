"""The catalog of allowed actions. An action without an entry is neither proposed nor executed."""

from typing import Any

from pydantic import Field

from missions.frozen_model import FrozenModel
from missions.plan import ActionKind
from missions.proposal import Action, Difference, Risk, RiskLevel, Scalar, TargetState

NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False}
PANELS = "The panels that showed the incident are visited again, and their numbers are compared."


def whole_number(name: str, least: int, most: int | None = None) -> dict[str, Any]:
    """JSON Schema for parameters that consist of one whole number between `least` and `most`."""
    bounds: dict[str, Any] = {"type": "integer", "minimum": least} | (
        {} if most is None else {"maximum": most}
    )
    return NOTHING | {"properties": {name: bounds}, "required": [name]}


class CatalogEntry(FrozenModel):
    """One allowed action: its kind, its actuator and its parameters.

    `services` names the targets; empty means every service of the actuator. `params` is a JSON Schema.
    """

    name: str
    kind: ActionKind
    actuator: str
    services: tuple[str, ...] = ()
    params: dict[str, Any] = NOTHING
    severity: Risk = RiskLevel.CRITICAL
    verification: str = PANELS

    def fits(self, kind: ActionKind, service: str) -> bool:
        """Whether the entry is an action of this kind for this service."""
        return self.kind is kind and (not self.services or service in self.services)

    def action(self, state: TargetState, environment: str) -> Action | None:
        """The action with absolute parameters for the current state; None if it is not possible."""
        match self.kind:
            case ActionKind.RESTART:
                return self._with(state, environment, {})
            case ActionKind.SCALE:
                more = None if state.replicas is None else state.replicas + 1
                return None if more is None else self._with(state, environment, {"replicas": more})
            case ActionKind.ROLLBACK:
                before = state.previous_revision
                return None if before is None else self._with(state, environment, {"revision": before})

    def undo(self, state: TargetState, environment: str) -> Action | None:
        """The action that restores this state; None if it cannot be undone."""
        match self.kind:
            case ActionKind.RESTART:
                return None
            case ActionKind.SCALE:
                return self._with(state, environment, {"replicas": state.replicas})
            case ActionKind.ROLLBACK:
                if state.revision is None:
                    return None
                return self._with(state, environment, {"revision": state.revision})

    def _with(self, state: TargetState, environment: str, params: dict[str, Scalar]) -> Action:
        return Action(
            kind=self.kind,
            service=state.service,
            environment=environment,
            actuator=self.actuator,
            entry=self.name,
            params=params,
        )


class Catalog(FrozenModel):
    """All entries; among entries of one kind the best comes first."""

    entries: tuple[CatalogEntry, ...] = Field(min_length=1)

    def of(self, action: Action) -> CatalogEntry | None:
        """The entry that the action names, if kind, actuator and service agree."""
        for entry in self.entries:
            if (entry.name, entry.actuator) == (action.entry, action.actuator):
                return entry if entry.fits(action.kind, action.service) else None
        return None

    def remedies(self, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        """The entries of this kind for this service."""
        return tuple(entry for entry in self.entries if entry.fits(kind, service))


def remedies_of(actuator: str) -> tuple[CatalogEntry, ...]:
    """Entries for restart, scale and rollback by one actuator, for every service that it knows."""
    return (
        CatalogEntry(name="restart", kind=ActionKind.RESTART, actuator=actuator, severity=RiskLevel.LOW),
        CatalogEntry(
            name="scale",
            kind=ActionKind.SCALE,
            actuator=actuator,
            params=whole_number("replicas", 1, 100),
            severity=RiskLevel.LOW,
        ),
        CatalogEntry(
            name="rollback",
            kind=ActionKind.ROLLBACK,
            actuator=actuator,
            params=whole_number("revision", 0),
            severity=RiskLevel.LOW,
        ),
    )


def difference(action: Action, state: TargetState) -> tuple[Difference, ...]:
    """What the action changes: the current and the proposed value of each field."""
    match action.kind:
        case ActionKind.RESTART:
            return (Difference(field="processes", now="running", proposed="replaced one by one"),)
        case ActionKind.SCALE:
            return (Difference(field="replicas", now=state.replicas, proposed=action.params.get("replicas")),)
        case ActionKind.ROLLBACK:
            return (Difference(field="revision", now=state.revision, proposed=action.params.get("revision")),)


def drift(was: TargetState, now: TargetState) -> tuple[Difference, ...]:
    """What changed at the target between two reads: `now` is the old value, `proposed` the new one."""
    old, new = (state.model_dump(mode="json", exclude={"facts"}) | state.facts for state in (was, now))
    return tuple(
        Difference(field=name, now=old.get(name), proposed=new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
