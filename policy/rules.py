"""The gateway's policy file: rules, first match wins. What is misspelt is refused, not ignored."""

import hashlib
from enum import IntEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, model_validator

from missions.person import GROUP
from missions.proposal import Effect, RiskLevel
from missions.strict_model import StrictModel
from policy.windows import Window

DEFAULT_RULE = "default"
"""Named where no rule matched."""

KILL_SWITCH = "kill-switch"
"""Named where the kill switch denied."""

RESERVED = frozenset({DEFAULT_RULE, KILL_SWITCH})


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


Pattern = Annotated[str, Field(min_length=1, max_length=200)]
"""A name, in which `*` stands for any characters and nothing else is special."""


class Match(StrictModel):
    """All that is given must hold; what is not given matches everything."""

    tool: Pattern | None = None
    action: Pattern | None = None
    service: Pattern | None = None
    environment: Pattern | None = None
    caller_type: Pattern | None = None
    min_severity: Level | None = None
    max_severity: Level | None = None
    during: str | None = None
    outside: str | None = None


class Rule(StrictModel):
    """One line of the policy; a review may ask one `group` of people first."""

    id: str = Field(min_length=1)
    match: Match = Match()
    effect: Effect
    reason: str = ""
    group: Annotated[str, Field(pattern=GROUP)] | None = None


class Policy(StrictModel):
    """The file. `severities` rates actions by name; one that is not rated is critical.

    `windows` names the times that rules may refer to. `killSwitch` denies everything, whatever the rules say.
    """

    rules: tuple[Rule, ...] = ()
    default_effect: Effect = Effect.REVIEW
    severities: dict[str, Level] = {}
    windows: dict[str, Window] = {}
    kill_switch: StrictBool = False

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        """Two rules with one id could not be told apart in the audit."""
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) < len(ids):
            raise ValueError("two rules have the same id")
        if taken := RESERVED & set(ids):
            raise ValueError(f"a rule cannot be called {min(taken)}: the policy itself answers by that name")
        for rule in self.rules:
            if rule.group is not None and rule.effect is not Effect.REVIEW:
                raise ValueError(f"rule {rule.id} names a group, and asks nobody: only a review does")
            for name in (rule.match.during, rule.match.outside):
                if name is not None and name not in self.windows:
                    raise ValueError(f"rule {rule.id} names a window that is not there: {name}")
        return self


def load_policy(text: str) -> Policy:
    """Reads a policy from JSON. Raises pydantic.ValidationError, a ValueError."""
    return Policy.model_validate_json(text)


def policy_version(text: str) -> str:
    """SHA-256 of the file's text: which policy a verdict was given under."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
