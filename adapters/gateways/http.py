import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from adapters.gateways.failing_closed import unclear
from adapters.gateways.policy_gateway import CALLER
from missions.person import GROUP
from missions.plan import ActionKind
from missions.proposal import Effect, PolicyVerdict, Proposal
from policy.rules import severity_of

_LARGEST = 1_000_000  # bytes of an answer that are read


class _Answer(BaseModel):
    """The fields of `POST /propose`'s answer that count here; the first three are older than the rest."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    action: str | None = None
    effect: str | None = None
    severity: str | None = None
    reason: str | None = None
    rule: str | None = None
    policy_version: str | None = None
    group: Annotated[str, StringConstraints(pattern=GROUP)] | None = None
    approval_token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,200}$")] | None = None


class _Permission(BaseModel):
    """The one field whose absence means that a human must approve; snake_case in the contract."""

    approval_required: StrictBool


class HttpGateway:
    """A gateway behind contract 4. `timeout` in seconds is for the whole call."""

    def __init__(self, base_url: str, headers: dict[str, str], timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/propose"
        self._headers = headers
        self._timeout = timeout

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:
        """Asks; whatever is not a clear answer becomes review at the highest risk."""
        try:
            async with asyncio.timeout(self._timeout):  # httpx's own is per read: an answer may drip
                body = await self._ask(request_body(org, mission_id, proposal, summary))
        except Exception as error:  # noqa: BLE001  fail closed: whatever went wrong, a human decides
            return unclear(f"The gateway did not answer ({type(error).__name__}).")
        return judged(body, proposal)

    async def _ask(self, body: dict[str, Any]) -> object:
        # trust_env: a proxy of the environment must not see or answer what is asked here.
        async with httpx.AsyncClient(
            timeout=self._timeout, headers=self._headers, trust_env=False, follow_redirects=False
        ) as client:
            response = await client.post(self._url, json=body)
            response.raise_for_status()
            if len(response.content) > _LARGEST:
                raise ValueError("the answer is too large")
            return response.json()


def request_body(org: str, mission_id: UUID, proposal: Proposal, summary: str) -> dict[str, Any]:
    """The request of contract 4; the same proposal of the same mission has the same idempotency key."""
    candidate = proposal.model_dump(mode="json", by_alias=True)
    key = hashlib.sha256(
        f"{org}\n{mission_id}\n{proposal.model_dump_json(by_alias=True)}".encode()
    ).hexdigest()
    return {
        "rcaSummary": summary,
        "availableActions": [kind.value for kind in ActionKind],
        "context": {
            "missionId": str(mission_id),
            "service": proposal.action.service,
            "environment": proposal.action.environment,
            "caller": CALLER,
        },
        "candidates": [{"action": candidate["action"], "confidence": candidate["confidence"]}],
        "idempotencyKey": key,
    }


def judged(body: object, proposal: Proposal) -> PolicyVerdict:
    """The verdict in an answer. `deny` stays deny; nothing but a complete, consistent `allow` allows."""
    try:
        answer = _Answer.model_validate(body)
    except ValidationError:
        return unclear("The gateway answered something else.")
    if answer.effect == Effect.DENY:
        return _verdict(answer, Effect.DENY)
    try:
        required = _Permission.model_validate(body).approval_required
    except ValidationError:
        return unclear("The gateway did not say whether an approval is required.")
    if answer.effect not in set(Effect):
        return unclear("The gateway answered with no known effect.")
    if answer.action != proposal.action.kind:
        return unclear("The gateway answered for another action.")
    if required != (answer.effect == Effect.REVIEW):
        return unclear("The gateway contradicts itself.")
    return _verdict(answer, Effect(answer.effect))


def _verdict(answer: _Answer, effect: Effect) -> PolicyVerdict:
    try:
        risk = severity_of(answer.severity).risk
    except ValueError:
        if effect is not Effect.DENY:
            return unclear("The gateway answered with no known severity.")
        risk = unclear("").risk
    return PolicyVerdict(
        effect=effect,
        risk=risk,
        rule=answer.rule or "gateway",
        reason=answer.reason or "The gateway gave no reason.",
        policy_version=answer.policy_version or "unknown",
        group=answer.group,
        approval_token=answer.approval_token,
    )
