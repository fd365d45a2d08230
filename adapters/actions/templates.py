"""Templates of configured requests: text with `{placeholders}` for the values of one action."""

import re
from collections.abc import Mapping

from missions.errors import RefusedError
from missions.proposal import Action, Scalar

_PLACEHOLDER = re.compile(r"\{([a-zA-Z]+)\}")


def placeholder_values(service: str, action: Action | None = None, key: str = "") -> dict[str, Scalar]:
    """The placeholders' values: service, its place, kind, key, and the action's parameters by name.

    A place is the environment, and the cluster and the namespace where the action has them.
    """
    if action is None:
        return {"service": service}
    own = {"service": service, "environment": action.environment, "kind": action.kind.value, "key": key}
    place = {"cluster": action.cluster, "namespace": action.namespace}
    return action.params | own | {name: value for name, value in place.items() if value}


def fill(template: str, values: Mapping[str, Scalar]) -> Scalar:
    """The template with its values. One that is a single placeholder keeps the value's type.

    Raises RefusedError where a placeholder has no value.
    """
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return _value(whole.group(1), values)
    return _PLACEHOLDER.sub(lambda match: str(_value(match.group(1), values)), template)


def _value(name: str, values: Mapping[str, Scalar]) -> Scalar:
    if name not in values:
        raise RefusedError(f"Its configuration asks for {{{name}}}, which this action does not have.")
    return values[name]
