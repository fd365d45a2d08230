"""The gateway's policy file: rules, of which the first match decides. Unknown fields are refused."""

import hashlib
from enum import IntEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictBool, model_validator

from missions.person import GROUP
from missions.proposal import Effect, RiskLevel
from missions.strict_model import StrictModel
from policy.windows import Window

DEFAULT_RULE = "default"
"""The rule's id in a decision that no rule matched."""

KILL_SWITCH = "kill-switch"
"""The rule's id in a decision of the kill switch."""

RESERVED = frozenset({DEFAULT_RULE, KILL_SWITCH})


class Severity(IntEnum):
    """The gateway's severity levels, compared as numbers."""

    SAFE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def risk(self) -> RiskLevel:
        """The product's risk level, which starts at LOW."""
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
"""A name in which `*` matches any characters; every other character matches itself."""


class Match(StrictModel):
    """The conditions of a rule, all of which must hold; a field that is left out matches everything."""

    organization: Pattern | None = None
    tool: Pattern | None = None
    action: Pattern | None = None
    service: Pattern | None = None
    environment: Pattern | None = None
    cluster: Pattern | None = None
    namespace: Pattern | None = None
    caller_type: Pattern | None = None
    min_severity: Level | None = None
    max_severity: Level | None = None
    during: str | None = None
    outside: str | None = None

    @property
    def windows(self) -> frozenset[str]:
        """The names of the windows that it refers to."""
        return frozenset(name for name in (self.during, self.outside) if name is not None)


class Rule(StrictModel):
    """One rule; a review may ask one `group` of people first."""

    id: str = Field(min_length=1)
    match: Match = Match()
    effect: Effect
    reason: str = ""
    group: Annotated[str, Field(pattern=GROUP)] | None = None


class Policy(StrictModel):
    """The file. `severities` rates actions by name; an action without a rating is critical.

    `windows` names the times that rules may refer to. `killSwitch` denies everything before any rule.
    """

    rules: tuple[Rule, ...] = ()
    default_effect: Effect = Effect.REVIEW
    severities: dict[str, Level] = {}
    windows: dict[str, Window] = {}
    kill_switch: StrictBool = False

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        """Checks ids and references: two rules with one id would look the same in the audit."""
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) < len(ids):
            raise ValueError("two rules have the same id")
        if taken := RESERVED & set(ids):
            raise ValueError(f"a rule cannot be called {min(taken)}: that id is reserved")
        for rule in self.rules:
            if rule.group is not None and rule.effect is not Effect.REVIEW:
                raise ValueError(f"rule {rule.id} names a group, but only a review asks one")
            for name in sorted(rule.match.windows - self.windows.keys()):
                raise ValueError(f"rule {rule.id} names an unknown window: {name}")
        return self


def load_policy(text: str) -> Policy:
    """Reads a policy from JSON. Raises pydantic.ValidationError, a ValueError."""
    return Policy.model_validate_json(text)


def policy_version(text: str) -> str:
    """SHA-256 of the file's text; a verdict records it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
