"""Fills the places of a configured request: what an administrator wrote, with the values of one action."""

import re
from collections.abc import Mapping

from missions.errors import RefusedError
from missions.proposal import Action, Scalar

_PLACE = re.compile(r"\{([a-zA-Z]+)\}")


def values_of(service: str, action: Action | None = None, key: str = "") -> dict[str, Scalar]:
    """What may stand in a place: service, environment, kind, key, and the parameters by their names."""
    if action is None:
        return {"service": service}
    own = {"service": service, "environment": action.environment, "kind": action.kind.value, "key": key}
    return action.params | own


def filled(template: str, values: Mapping[str, Scalar]) -> Scalar:
    """A template that is one place keeps the value's type; else the values are put into the text.

    Raises RefusedError where a place has no value.
    """
    whole = _PLACE.fullmatch(template)
    if whole:
        return _value(whole.group(1), values)
    return _PLACE.sub(lambda place: str(_value(place.group(1), values)), template)


def _value(name: str, values: Mapping[str, Scalar]) -> Scalar:
    if name not in values:
        raise RefusedError(f"Its configuration asks for {{{name}}}, which this action does not have.")
    return values[name]
