"""Reads a target's own response as TargetState; the configuration names its fields."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from missions.errors import UnavailableError
from missions.proposal import TargetState
from missions.strict_model import StrictModel


class StateFields(StrictModel):
    """The fields of the target's response. Without `generation`, a digest of the other fields replaces it.

    `facts` names further fields that must not change between approval and action.
    """

    generation: str | None = None
    replicas: str | None = None
    revision: str | None = None
    version: str | None = None
    previous_revision: str | None = None
    facts: tuple[str, ...] = ()


def target_state(service: str, response: Mapping[str, Any], fields: StateFields) -> TargetState:
    """The state. Raises UnavailableError where a configured field is missing or of another type."""
    values = {
        name: _field(response, getattr(fields, name))
        for name in ("replicas", "revision", "version", "previous_revision")
        if getattr(fields, name) is not None
    }
    facts = {name: _field(response, name) for name in fields.facts}
    if fields.generation is not None:
        generation = _field(response, fields.generation)
    else:
        text = json.dumps([values, facts], sort_keys=True, default=str)
        generation = hashlib.sha256(text.encode()).hexdigest()[:16]
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return TargetState.model_validate(
            {"service": service, "generation": generation, "facts": facts} | given
        )
    except ValidationError as error:
        raise UnavailableError(f"The state of {service} has another shape than configured.") from error


def _field(response: Mapping[str, Any], name: str) -> object:
    if name not in response:
        raise UnavailableError(f"The target's answer has no field {name}.")
    return response[name]
