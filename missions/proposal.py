from enum import IntEnum, StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer

from missions.frozen_model import FrozenModel
from missions.identities.entities import ScopeKind, name_in
from missions.identities.spelling import environment_key
from missions.plan import ActionKind
from missions.verification import ProofPlan


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
    """What a policy decides about a proposal; anything unclear is review."""

    ALLOW = "allow"
    REVIEW = "review"
    DENY = "deny"


class ActionPlace(FrozenModel):
    """Where an action happens, or where an actuator acts; "" where that is not configured."""

    cluster: str = ""
    environment: str = ""
    namespace: str = ""

    @property
    def words(self) -> str:
        """As text: "environment production, cluster east, namespace shop"."""
        parts = (("environment", self.environment), ("cluster", self.cluster), ("namespace", self.namespace))
        return ", ".join(f"{kind} {value}" for kind, value in parts if value)

    def refusal(self, action: "Action") -> str | None:
        """Why an actuator that acts here must not carry out the action, or None.

        An action of an earlier version names no cluster and no namespace: it is not refused.
        """
        for kind, own, wanted in (
            ("cluster", self.cluster, action.cluster),
            ("namespace", self.namespace, action.namespace),
        ):
            if wanted and wanted != own:
                return f"acts in {f'{kind} {own}' if own else f'no known {kind}'}, not in {kind} {wanted}."
        if self.environment and environment_key(self.environment) != environment_key(action.environment):
            return f"acts in environment {self.environment}, not in {action.environment}."
        return None


class Action(FrozenModel):
    """An action in full: a catalog entry, a target and absolute parameters.

    `cluster` and `namespace` are those of the actuator. An action of an earlier version has none, as one by
    an actuator that names none. Then they are not part of its JSON: its approval's hash stays the same.
    """

    kind: ActionKind
    service: str
    environment: str
    cluster: str = Field(default="", exclude_if=lambda cluster: not cluster)
    namespace: str = Field(default="", exclude_if=lambda namespace: not namespace)
    actuator: str
    entry: str = ""
    params: dict[str, Scalar] = {}

    @property
    def place(self) -> ActionPlace:
        """Where it happens."""
        return ActionPlace(cluster=self.cluster, environment=self.environment, namespace=self.namespace)

    @property
    def target(self) -> str:
        """What it acts on, for example "payments (cluster east)"; "payments" without a cluster."""
        return name_in(self.service, {ScopeKind.CLUSTER: self.cluster})

    @property
    def words(self) -> str:
        """The action as text, for example "rollback payments in cluster east (revision=1)"."""
        place = f" in cluster {self.cluster}" if self.cluster else ""
        params = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.kind} {self.service}{place}" + (f" ({params})" if params else "")

    def resembles(self, other: "Action") -> bool:
        """Whether it is the same kind of action on the same target, with any parameters."""
        same = (other.kind, other.service, other.actuator, other.entry)
        places = ((self.cluster, other.cluster), (self.namespace, other.namespace))
        return (self.kind, self.service, self.actuator, self.entry) == same and all(
            not own or not another or own == another for own, another in places
        )


class TargetState(FrozenModel):
    """The target as its actuator reads it. Every change of the target changes `generation`.

    Fields that a kind of target does not have are None. `facts` holds what only that kind has; an approval
    is bound to it as well.
    """

    service: str
    generation: int | str
    replicas: int | None = None
    revision: int | None = None
    version: str = ""
    previous_revision: int | None = None
    facts: dict[str, Scalar] = {}


class Difference(FrozenModel):
    """One line of a proposal's diff."""

    field: str
    now: Scalar
    proposed: Scalar


class Impact(FrozenModel):
    """What an action may affect: replicas, current requests per second, and callers, nearest first."""

    service: str
    version: str = ""
    replicas: int | None = None
    requests_per_second: float | None = None
    dependents: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As text: "2 replicas of payments (v2), 12 requests per second now; called by web."."""
        count = "" if self.replicas is None else f"{self.replicas} replica{'s' * (self.replicas != 1)} of "
        version = f" ({self.version})" if self.version else ""
        rate = self.requests_per_second
        load = "" if rate is None else f", {rate:.3g} requests per second now"
        callers = ", ".join(self.dependents)
        called_by = f"; called by {callers}" if callers else "; no callers are known"
        return f"{count}{self.service}{version}{load}{called_by}."


class Alternative(FrozenModel):
    """Another possible action, for the approver to compare."""

    action: Action
    words: str
    reason: str
    confidence: float


class Proposal(FrozenModel):
    """A typed action with what an approver must know.

    `dry_run` is the target's answer to a dry run. `undo` is the action that undoes this one (None: it cannot
    be undone). `undoes` is the approval id of the action that this one undoes. `changed` is what changed at
    the target since an earlier approval was requested. `severity` is the minimum risk, whatever a policy
    says. `proof` is how long the verification takes after the action (None: nothing is to be proven, or an
    earlier version did not plan it).
    """

    action: Action
    reason: str
    confidence: float
    pre_state: TargetState
    diff: tuple[Difference, ...]
    impact: Impact | None = None
    blast_radius: str
    undo: Action | None = None
    rollback: str
    verification: str
    evidence: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()
    dry_run: str = ""
    severity: Risk = RiskLevel.LOW
    undoes: UUID | None = None
    changed: tuple[Difference, ...] = ()
    proof: ProofPlan | None = Field(default=None, exclude_if=lambda proof: proof is None)


class PolicyVerdict(FrozenModel):
    """The gateway's decision about a proposal.

    `group` may decide first, if a rule names one. `approval_token` identifies the gateway's own approval, if
    it keeps one; knowing it grants nothing.
    """

    effect: Effect
    risk: Risk
    rule: str
    reason: str
    policy_version: str
    group: str | None = None
    approval_token: str | None = None

    def at_least(self, severity: RiskLevel) -> "PolicyVerdict":
        """With the catalog's severity as the minimum risk; a rule alone allows nothing above LOW."""
        risk = max(self.risk, severity)
        if self.effect is not Effect.ALLOW or risk <= RiskLevel.LOW:
            return self.model_copy(update={"risk": risk})
        reason = f"{self.reason} A rule alone may allow only risk LOW: this is {risk.name}."
        return self.model_copy(update={"risk": risk, "effect": Effect.REVIEW, "reason": reason})

    def by_people(self, why: str) -> "PolicyVerdict":
        """The same, but an "allow" becomes "review", with this reason."""
        if self.effect is not Effect.ALLOW:
            return self
        return self.model_copy(update={"effect": Effect.REVIEW, "reason": f"{self.reason} {why}"})


class Refusal(StrEnum):
    """Why the executor refused to act. A target's own refusal of the action is not one of these.

    CHANGED: target or policy are not what the approval was given for, so that a new one is needed.
    """

    CHANGED = "changed"
    FORBIDDEN = "forbidden"


class Receipt(FrozenModel):
    """The actuator's result, under the approval's id as idempotency key.

    `certain` is False if the action was requested and no answer says whether it was applied.
    """

    key: str
    applied: bool
    certain: bool = True
    refusal: Refusal | None = None
    detail: str
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
