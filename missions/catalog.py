"""The catalog of allowed actions. An action without an entry is neither proposed nor executed.

Targets belong to organizations: every question to the catalog names the organization that asks.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from missions.organization import OrganizationSlug
from missions.plan import ActionKind
from missions.proposal import Action, ActionPlace, Difference, Risk, RiskLevel, Scalar, TargetState
from missions.strict_model import StrictModel

NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False}
PANELS = "The panels that showed the incident are visited again, and their numbers are compared."


def whole_number(name: str, least: int, most: int | None = None) -> dict[str, Any]:
    """JSON Schema for parameters that consist of one whole number between `least` and `most`."""
    bounds: dict[str, Any] = {"type": "integer", "minimum": least} | (
        {} if most is None else {"maximum": most}
    )
    return NOTHING | {"properties": {name: bounds}, "required": [name]}


class CatalogEntry(StrictModel):
    """One allowed action: its kind, its actuator, the organizations that it serves, and its parameters.

    An entry without organizations serves none. `services` names the targets; empty means every service of
    the actuator. `params` is a JSON Schema.
    """

    name: str
    kind: ActionKind
    actuator: str
    organizations: tuple[OrganizationSlug, ...] = ()
    services: tuple[str, ...] = ()
    params: dict[str, Any] = NOTHING
    severity: Risk = RiskLevel.CRITICAL
    verification: str = PANELS

    def fits(self, org: str, kind: ActionKind, service: str) -> bool:
        """Whether the entry is an action of this kind for this service, and serves the organization."""
        return (
            org in self.organizations
            and self.kind is kind
            and (not self.services or service in self.services)
        )

    def action(self, state: TargetState, place: ActionPlace) -> Action | None:
        """The action with absolute parameters for the current state; None if it is not possible."""
        match self.kind:
            case ActionKind.RESTART:
                return self._with(state, place, {})
            case ActionKind.SCALE:
                more = None if state.replicas is None else state.replicas + 1
                return None if more is None else self._with(state, place, {"replicas": more})
            case ActionKind.ROLLBACK:
                before = state.previous_revision
                return None if before is None else self._with(state, place, {"revision": before})

    def undo(self, state: TargetState, place: ActionPlace) -> Action | None:
        """The action that restores this state; None if it cannot be undone."""
        match self.kind:
            case ActionKind.RESTART:
                return None
            case ActionKind.SCALE:
                return self._with(state, place, {"replicas": state.replicas})
            case ActionKind.ROLLBACK:
                if state.revision is None:
                    return None
                return self._with(state, place, {"revision": state.revision})

    def _with(self, state: TargetState, place: ActionPlace, params: dict[str, Scalar]) -> Action:
        return Action(
            kind=self.kind,
            service=state.service,
            environment=place.environment,
            cluster=place.cluster,
            namespace=place.namespace,
            actuator=self.actuator,
            entry=self.name,
            params=params,
        )


class Catalog(StrictModel):
    """All entries; among entries of one kind the best comes first."""

    entries: tuple[CatalogEntry, ...] = Field(min_length=1)

    def of(self, org: str, action: Action) -> CatalogEntry | None:
        """The entry that the action names, if organization, kind, actuator and service agree."""
        for entry in self.remedies(org, action.kind, action.service):
            if (entry.name, entry.actuator) == (action.entry, action.actuator):
                return entry
        return None

    def remedies(self, org: str, kind: ActionKind, service: str) -> tuple[CatalogEntry, ...]:
        """The organization's entries of this kind for this service."""
        return tuple(entry for entry in self.entries if entry.fits(org, kind, service))

    def faults(self, served: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Every actuator and entry that cannot be used as it is, each in one sentence.

        `served` has the organizations of each actuator, by the actuator's name.
        """
        return (*_unserving(served), *(fault for entry in self.entries for fault in _faults(entry, served)))


def _unserving(served: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for name, organizations in served.items():
        if not organizations:
            yield f"The actuator {name} names no organizations."


def _faults(entry: CatalogEntry, served: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    place = f"The catalog entry {entry.name} of {entry.actuator}"
    if not entry.organizations:
        yield f"{place} names no organizations."
    if entry.actuator not in served:
        yield f"{place} names an actuator that does not exist."
        return
    foreign = [org for org in entry.organizations if org not in served[entry.actuator]]
    if foreign:
        yield f"{place} serves {', '.join(foreign)}, which the actuator does not serve."


def remedies_of(actuator: str, *organizations: str) -> tuple[CatalogEntry, ...]:
    """Entries for restart, scale and rollback by one actuator, for every service that it knows."""

    def entry(kind: ActionKind, params: dict[str, Any]) -> CatalogEntry:
        return CatalogEntry(
            name=kind.value,
            kind=kind,
            actuator=actuator,
            organizations=organizations,
            params=params,
            severity=RiskLevel.LOW,
        )

    return (
        entry(ActionKind.RESTART, NOTHING),
        entry(ActionKind.SCALE, whole_number("replicas", 1, 100)),
        entry(ActionKind.ROLLBACK, whole_number("revision", 0)),
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
