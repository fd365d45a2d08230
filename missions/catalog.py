"""What may be done at all. An action that is not an entry of the catalog is neither proposed nor executed."""

from typing import Any

from pydantic import Field

from missions.frozen_model import FrozenModel
from missions.plan import ActionKind
from missions.proposal import Action, Difference, Risk, RiskLevel, Scalar, TargetState

NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False}
PANELS = "The panels that showed the incident are looked at again, and compared by number."


def whole_number(name: str, least: int, most: int | None = None) -> dict[str, Any]:
    """JSON Schema of parameters that are one whole number, `least` at least."""
    bounds: dict[str, Any] = {"type": "integer", "minimum": least} | (
        {} if most is None else {"maximum": most}
    )
    return NOTHING | {"properties": {name: bounds}, "required": [name]}


class CatalogEntry(FrozenModel):
    """One thing that can be done: which remedy it is, by which actuator, with which parameters.

    `services` names the targets; none: whatever the actuator knows. `params` is a JSON Schema.
    """

    name: str
    kind: ActionKind
    actuator: str
    services: tuple[str, ...] = ()
    params: dict[str, Any] = NOTHING
    severity: Risk = RiskLevel.CRITICAL
    verification: str = PANELS

    def fits(self, kind: ActionKind, service: str) -> bool:
        """Whether it is this remedy for this service."""
        return self.kind is kind and (not self.services or service in self.services)

    def action(self, state: TargetState, environment: str) -> Action | None:
        """The remedy with absolute parameters for the target as it is now; None where it is not possible."""
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
        """What brings the target back to this state after the remedy; None where nothing can."""
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
    """All entries, best first where several are the same remedy."""

    entries: tuple[CatalogEntry, ...] = Field(min_length=1)

    def of(self, action: Action) -> CatalogEntry | None:
        """The entry that the action names, where it is of the same verb, actuator and service."""
        for entry in self.entries:
            if (entry.name, entry.actuator) == (action.entry, action.actuator):
                return entry if entry.fits(action.kind, action.service) else None
        return None

    def remedies(self, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        """The entries that are this remedy for this service."""
        return tuple(entry for entry in self.entries if entry.fits(kind, service))


def remedies_of(actuator: str) -> tuple[CatalogEntry, ...]:
    """Restart, scale and rollback by one actuator, for every service that it knows."""
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
    """What the action changes: now, and proposed."""
    match action.kind:
        case ActionKind.RESTART:
            return (Difference(field="processes", now="running", proposed="replaced one by one"),)
        case ActionKind.SCALE:
            return (Difference(field="replicas", now=state.replicas, proposed=action.params.get("replicas")),)
        case ActionKind.ROLLBACK:
            return (Difference(field="revision", now=state.revision, proposed=action.params.get("revision")),)


def drift(was: TargetState, now: TargetState) -> tuple[Difference, ...]:
    """What is different at the target since it was read before; `now` is under `proposed`."""
    old, new = (one.model_dump(mode="json", exclude={"facts"}) | one.facts for one in (was, now))
    return tuple(
        Difference(field=name, now=old.get(name), proposed=new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
