import re
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, computed_field, model_validator

from missions.errors import InvalidError
from missions.frozen_model import FrozenModel

PROMPT = (10, 5000)
"""Minimum and maximum length of a mission's prompt, in characters."""
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*\}\}")
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Draft(FrozenModel):
    """A reusable prompt; `{{name}}` in it is filled in for each mission."""

    name: Label
    description: Annotated[str, Field(max_length=2000)] = ""
    category: Label = "general"
    prompt_template: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=PROMPT[0], max_length=PROMPT[1])
    ]
    dashboard_type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")] | None = None
    tags: tuple[Label, ...] = Field(default=(), max_length=20)
    is_active: bool = True

    @model_validator(mode="after")
    def _only_valid_placeholders(self) -> Self:
        rest = _PLACEHOLDER.sub("", self.prompt_template)
        if "{{" in rest or "}}" in rest:
            raise ValueError("a placeholder is {{name}}: letters, digits and _, at most 40 characters")
        return self

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def variables(self) -> tuple[str, ...]:
        """The placeholders, in the order of the prompt."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.prompt_template)))

    def prompt_for(self, values: dict[str, str]) -> str:
        """The prompt with all placeholders filled in. Placeholders inside a value stay text.

        Raises InvalidError if the template is switched off, a value is missing, unknown or empty, or the
        prompt is too short or too long.
        """
        if not self.is_active:
            raise InvalidError(f"The template {self.name} is switched off.")
        given = {name: value.strip() for name, value in values.items()}
        missing = [name for name in self.variables if not given.get(name)]
        unknown = sorted(given.keys() - set(self.variables))
        if missing or unknown:
            problems = [("needs", missing), ("does not know", unknown)]
            words = " and ".join(f"{verb} {', '.join(names)}" for verb, names in problems if names)
            raise InvalidError(f"The template {words}.")
        prompt = _PLACEHOLDER.sub(lambda match: given[match[1]], self.prompt_template)
        if not PROMPT[0] <= len(prompt) <= PROMPT[1]:
            raise InvalidError(f"The prompt would have {len(prompt)} characters; {PROMPT[0]} to {PROMPT[1]}.")
        return prompt


class Template(Draft):
    """A stored draft; `usageCount` counts the missions started from it, `version` its changes."""

    id: UUID
    usage_count: int
    version: int
    created_at: datetime
