"""What goes in and out of `POST /propose` (contract 4). Unknown fields of a request are refused."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from missions.proposal import Effect
from policy.rules import Level

_Name = Annotated[str, Field(max_length=500)]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class ContextIn(_Sent):
    """Where the action would happen, and who asks."""

    mission_id: _Name = ""
    service: _Name = ""
    environment: _Name = ""
    caller: _Name = ""


class ActionIn(_Sent):
    """The action of a candidate, as missions.proposal.Action writes it."""

    kind: _Name
    service: _Name = ""
    environment: _Name = ""
    actuator: _Name = ""
    entry: _Name = ""
    params: dict[str, Any] = {}


class CandidateIn(_Sent):
    """One proposed action, best first; `severity` may only raise what the policy says."""

    action: ActionIn
    confidence: float | None = None
    severity: Level | None = None


class ProposeIn(_Sent):
    """`POST /propose`. The summary is kept out of the judgement: it is text from outside."""

    rca_summary: Annotated[str, Field(max_length=200_000)]
    available_actions: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=50)]
    context: ContextIn = ContextIn()
    candidates: Annotated[tuple[CandidateIn, ...], Field(max_length=50)] = ()
    idempotency_key: _Name = ""


class ProposeOut(BaseModel):
    """The answer. `approval_required`, `action` and `details` are what the oldest callers read."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    approval_required: bool = Field(alias="approval_required")
    action: str
    details: dict[str, Any]
    proposal_id: str
    severity: Level
    effect: Effect
    reason: str
    rule: str
    policy_version: str
    group: str | None = None
    approval_token: str | None = None
    expires_at: datetime | None = None
