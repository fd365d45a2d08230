"""A target's own answer, read as TargetState: which of its fields mean what is configuration."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from adapters.actions.configured import Configured
from missions.errors import UnavailableError
from missions.proposal import TargetState


class StateFields(Configured):
    """The names that the target's answer uses. Without `generation` a digest of the named fields is it.

    `facts` names what else must not change between question and action; leave out what changes by itself.
    """

    generation: str | None = None
    replicas: str | None = None
    revision: str | None = None
    version: str | None = None
    previous_revision: str | None = None
    facts: tuple[str, ...] = ()


def target_state(service: str, answer: Mapping[str, Any], fields: StateFields) -> TargetState:
    """Raises UnavailableError where a named field is missing or of another type."""
    known = {
        name: _taken(answer, getattr(fields, name))
        for name in ("replicas", "revision", "version", "previous_revision")
        if getattr(fields, name) is not None
    }
    facts = {name: _taken(answer, name) for name in fields.facts}
    if fields.generation is not None:
        generation = _taken(answer, fields.generation)
    else:
        text = json.dumps([known, facts], sort_keys=True, default=str)
        generation = hashlib.sha256(text.encode()).hexdigest()[:16]
    given = {name: value for name, value in known.items() if value is not None}
    try:
        return TargetState.model_validate(
            {"service": service, "generation": generation, "facts": facts} | given
        )
    except ValidationError as error:
        raise UnavailableError(f"The state of {service} has another shape than configured.") from error


def _taken(answer: Mapping[str, Any], name: str) -> object:
    if name not in answer:
        raise UnavailableError(f"The target's answer has no field {name}.")
    return answer[name]
