import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints, ValidationError

from adapters.gateways.failing_closed import unclear
from adapters.gateways.policy_gateway import CALLER
from missions.frozen_model import FrozenModel
from missions.person import GROUP
from missions.plan import ActionKind
from missions.proposal import Effect, PolicyVerdict, Proposal
from policy.rules import severity_of

_MAX_BYTES = 1_000_000  # of a response


class _ProposeResponse(FrozenModel):
    """The fields of `POST /propose`'s response that are read; older gateways send the first three only."""

    model_config = ConfigDict(populate_by_name=False)  # the contract has the camelCase names only

    action: str | None = None
    effect: str | None = None
    severity: str | None = None
    reason: str | None = None
    rule: str | None = None
    policy_version: str | None = None
    group: Annotated[str, StringConstraints(pattern=GROUP)] | None = None
    approval_token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,200}$")] | None = None


class _ApprovalRequired(BaseModel):
    """Without this field a human must approve. It is snake_case in the contract."""

    approval_required: StrictBool


class HttpGateway:
    """An external gateway behind `POST /propose`. `timeout` in seconds limits the call as a whole."""

    def __init__(self, base_url: str, headers: dict[str, str], timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/propose"
        self._headers = headers
        self._timeout = timeout

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:
        """The gateway's verdict; without a clear response it is review at the highest risk."""
        try:
            # httpx's timeout is per read: without this one a slow response would never end.
            async with asyncio.timeout(self._timeout):
                body = await self._post(request_body(org, mission_id, proposal, summary))
        except Exception as error:  # noqa: BLE001  fail closed: after any error a human decides
            return unclear(f"The gateway did not answer ({type(error).__name__}).")
        return verdict_of(body, proposal)

    async def _post(self, body: dict[str, Any]) -> object:
        # trust_env: no proxy from the environment may read or answer the request.
        async with httpx.AsyncClient(
            timeout=self._timeout, headers=self._headers, trust_env=False, follow_redirects=False
        ) as client:
            response = await client.post(self._url, json=body)
            response.raise_for_status()
            if len(response.content) > _MAX_BYTES:
                raise ValueError("the answer is too large")
            return response.json()


def request_body(org: str, mission_id: UUID, proposal: Proposal, summary: str) -> dict[str, Any]:
    """The body of `POST /propose`; the same proposal of the same mission has the same idempotency key."""
    action = proposal.action
    candidate = proposal.model_dump(mode="json", by_alias=True)
    key = hashlib.sha256(
        f"{org}\n{mission_id}\n{proposal.model_dump_json(by_alias=True)}".encode()
    ).hexdigest()
    return {
        "rcaSummary": summary,
        "availableActions": [kind.value for kind in ActionKind],
        "context": {
            "missionId": str(mission_id),
            "organization": org,
            "service": action.service,
            "environment": action.environment,
            "caller": CALLER,
            # Gateways of before have no such fields, and refuse a request with them.
            **{
                name: value
                for name, value in (("cluster", action.cluster), ("namespace", action.namespace))
                if value
            },
        },
        "candidates": [{"action": candidate["action"], "confidence": candidate["confidence"]}],
        "idempotencyKey": key,
    }


def verdict_of(body: object, proposal: Proposal) -> PolicyVerdict:
    """The verdict in a response. `deny` stays deny; only a complete and consistent `allow` allows."""
    try:
        response = _ProposeResponse.model_validate(body)
    except ValidationError:
        return unclear("The gateway's response has another shape.")
    if response.effect == Effect.DENY:
        return _verdict(response, Effect.DENY)
    try:
        required = _ApprovalRequired.model_validate(body).approval_required
    except ValidationError:
        return unclear("The gateway did not say whether an approval is required.")
    if response.effect not in set(Effect):
        return unclear("The gateway answered with no known effect.")
    if response.action != proposal.action.kind:
        return unclear("The gateway answered for another action.")
    if required != (response.effect == Effect.REVIEW):
        return unclear("The gateway contradicts itself.")
    return _verdict(response, Effect(response.effect))


def _verdict(response: _ProposeResponse, effect: Effect) -> PolicyVerdict:
    try:
        risk = severity_of(response.severity).risk
    except ValueError:
        if effect is not Effect.DENY:
            return unclear("The gateway answered with no known severity.")
        risk = unclear("").risk
    return PolicyVerdict(
        effect=effect,
        risk=risk,
        rule=response.rule or "gateway",
        reason=response.reason or "The gateway gave no reason.",
        policy_version=response.policy_version or "unknown",
        group=response.group,
        approval_token=response.approval_token,
    )
