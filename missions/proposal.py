from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from missions.plan import ActionKind
from missions.word import Word


class RiskLevel(IntEnum):
    """Ordered, and compared as numbers: as strings "critical" <= "low" is true."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


def risk_of(value: object) -> RiskLevel:
    """Reads a level by name or number; whatever is not a level counts as the highest."""
    if isinstance(value, RiskLevel):
        return value
    if isinstance(value, str) and value.upper() in RiskLevel.__members__:
        return RiskLevel[value.upper()]
    if type(value) is int and value in RiskLevel.__members__.values():  # not True, which equals 1
        return RiskLevel(value)
    return RiskLevel.CRITICAL


Risk = Annotated[
    RiskLevel, BeforeValidator(risk_of), PlainSerializer(lambda level: level.name, return_type=str)
]

Scalar = bool | int | float | str | None


class Effect(StrEnum):
    """What a policy says of a proposal; anything unclear is review."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


class Action(Word):
    """Exactly what would be done: a verb of the catalog, a target, absolute parameters."""

    kind: ActionKind
    service: str
    environment: str
    actuator: str
    params: dict[str, Scalar] = {}

    @property
    def words(self) -> str:
        """The action in words, for people: "rollback payments (revision=1)"."""
        params = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.kind} {self.service}" + (f" ({params})" if params else "")


class TargetState(Word):
    """The target as its actuator reads it; whatever changes it changes `generation`."""

    service: str
    generation: int
    replicas: int
    revision: int
    version: str
    previous_revision: int | None = None


class Difference(Word):
    """One line of a proposal's diff."""

    field: str
    now: Scalar
    proposed: Scalar


class Proposal(Word):
    """A typed action with what an approver must know: diff, blast radius, rollback, verification."""

    action: Action
    reason: str
    confidence: float
    pre_state: TargetState
    diff: tuple[Difference, ...]
    blast_radius: str
    rollback: str
    verification: str
    evidence: tuple[str, ...]
    alternatives: tuple[str, ...] = ()


class Verdict(Word):
    """The gateway's answer to a proposal."""

    effect: Effect
    risk: Risk
    rule: str
    reason: str
    policy_version: str


class Receipt(Word):
    """What the actuator says was done, under the approval's id as idempotency key.

    `certain` is False where it was asked for and no answer told whether it was done.
    """

    key: str
    applied: bool
    certain: bool = True
    detail: str
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
