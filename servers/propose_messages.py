"""The request and the response of `POST /propose` (contract 4). A request with unknown fields is refused."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from missions.proposal import Effect
from missions.strict_model import StrictModel
from policy.rules import Level

_Name = Annotated[str, Field(max_length=500)]


class ProposeContext(StrictModel):
    """Where the action would happen, and the caller; `organization` is the one for which it acts."""

    mission_id: _Name = ""
    organization: _Name = ""
    service: _Name = ""
    environment: _Name = ""
    cluster: _Name = ""
    namespace: _Name = ""
    caller: _Name = ""


class ProposeAction(StrictModel):
    """The action of a candidate, as missions.proposal.Action writes it."""

    kind: _Name
    service: _Name = ""
    environment: _Name = ""
    cluster: _Name = ""
    namespace: _Name = ""
    actuator: _Name = ""
    entry: _Name = ""
    params: dict[str, Any] = {}


class ProposeCandidate(StrictModel):
    """One proposed action, best first; `severity` may only raise what the policy says."""

    action: ProposeAction
    confidence: float | None = None
    severity: Level | None = None


class ProposeRequest(StrictModel):
    """`POST /propose`. The decision does not read the summary: it is text from outside."""

    rca_summary: Annotated[str, Field(max_length=200_000)]
    available_actions: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=50)]
    context: ProposeContext = ProposeContext()
    candidates: Annotated[tuple[ProposeCandidate, ...], Field(max_length=50)] = ()
    idempotency_key: _Name = ""


class ProposeResponse(BaseModel):
    """The decision. The oldest callers read only `approval_required`, `action` and `details`."""

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
