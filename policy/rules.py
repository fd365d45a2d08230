"""The gateway's policy file: rules, first match wins. What is misspelt is refused, not ignored."""

import hashlib
from enum import IntEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from missions.proposal import Effect, RiskLevel


class Severity(IntEnum):
    """The gateway's levels, ordered and compared as numbers."""

    SAFE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def risk(self) -> RiskLevel:
        """The product's level: it has nothing below LOW."""
        return RiskLevel(max(self, Severity.LOW))


def severity_of(value: object) -> Severity:
    """Reads a level by its name. Raises ValueError for anything else."""
    if isinstance(value, Severity):
        return value
    if isinstance(value, str) and value.upper() in Severity.__members__:
        return Severity[value.upper()]
    raise ValueError("not a severity (safe, low, medium, high, critical)")


Level = Annotated[
    Severity,
    BeforeValidator(severity_of),
    PlainSerializer(lambda level: level.name.lower(), return_type=str),
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Match(_Strict):
    """All that is given must hold; what is not given matches everything."""

    tool: str | None = None
    action: str | None = None
    service: str | None = None
    environment: str | None = None
    caller_type: str | None = None
    min_severity: Level | None = None
    max_severity: Level | None = None


class Rule(_Strict):
    """One line of the policy."""

    id: str = Field(min_length=1)
    match: Match = Match()
    effect: Effect
    reason: str = ""


class Policy(_Strict):
    """The file. `severities` rates actions by name; one that is not rated is critical."""

    rules: tuple[Rule, ...] = ()
    default_effect: Effect = Effect.REVIEW
    severities: dict[str, Level] = {}

    def model_post_init(self, _context: Any, /) -> None:  # noqa: ANN401  pydantic's signature
        """Two rules with one id could not be told apart in the audit. Raises ValueError."""
        if len({rule.id for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have the same id")


def load_policy(text: str) -> Policy:
    """Reads a policy from JSON. Raises pydantic.ValidationError, a ValueError."""
    return Policy.model_validate_json(text)


def policy_version(text: str) -> str:
    """SHA-256 of the file's text: which policy a verdict was given under."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
