"""The policy engine behind contract 4: `POST /propose`, and optionally approvals of its own."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import Depends, FastAPI, HTTPException

from missions.proposal import Effect
from policy.evaluation import PolicyDecision, PolicyRequest, evaluate
from policy.rules import Policy, Severity, load_policy, policy_version
from servers import problems
from servers.api_keys import ApiKeyAuth
from servers.approval_store import GatewayApprovalStore, RequestedAction
from servers.approvals import routes
from servers.propose_messages import ProposeCandidate, ProposeRequest, ProposeResponse

_BODY_BYTES = 1_000_000
_TOOL = "ops-agent"
_STRICTNESS = {Effect.ALLOW: 0, Effect.REVIEW: 1, Effect.DENY: 2}


def create_app(
    read: Callable[[], str], store: GatewayApprovalStore | None = None, keys: Mapping[str, str] | None = None
) -> FastAPI:
    """The app for one policy, which is read again with `read` for each request.

    With a store, a review opens an approval in it, and every request needs one of `keys` (key to name).
    Raises pydantic.ValidationError where the policy cannot be read; later a request gets 503 instead.
    """
    load_policy(read())
    app = FastAPI(title="ops-agent policy", docs_url=None, redoc_url=None, max_body_size=_BODY_BYTES)
    problems.install(app)

    auth = ApiKeyAuth(keys or {})
    if store is not None:
        app.include_router(routes(store, auth))

    @app.post("/propose", dependencies=[] if store is None else [Depends(auth)])
    async def propose(request: ProposeRequest) -> ProposeResponse:
        try:
            text = read()
            policy = load_policy(text)
        except (OSError, ValueError) as error:
            raise HTTPException(503, "The policy cannot be read at the moment.") from error
        action, decision = _decide(policy, request)
        # The same key is the same proposal; without one every request is a proposal of its own.
        key = request.idempotency_key or str(uuid4())
        review = decision.effect is Effect.REVIEW
        approval = store.open(key, _requested(request, action, decision)) if store and review else None
        return ProposeResponse(
            approval_required=decision.effect is not Effect.ALLOW,
            action=action,
            details={"service": request.context.service, "environment": request.context.environment},
            proposal_id=str(uuid5(NAMESPACE_URL, key)),
            severity=decision.severity,
            effect=decision.effect,
            reason=decision.reason,
            rule=decision.rule,
            policy_version=policy_version(text),
            group=decision.group,
            approval_token=approval.token if approval else None,
            expires_at=approval.expires_at if approval else None,
        )

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _requested(request: ProposeRequest, action: str, decision: PolicyDecision) -> RequestedAction:
    """The action as the approval shows it."""
    target = request.candidates[0].action.model_dump() if request.candidates else {}
    return RequestedAction(
        tool=_TOOL,
        action=action,
        severity=decision.severity.name.lower(),
        caller=request.context.caller,
        args=json.dumps(request.context.model_dump(by_alias=True) | target),
        reason=decision.reason,
        rule=decision.rule,
    )


def _decide(policy: Policy, request: ProposeRequest) -> tuple[str, PolicyDecision]:
    """Decides the first candidate's action; without candidates, the strictest available one.

    Older callers name no candidates.
    """
    if request.candidates:
        first = request.candidates[0]
        decision = evaluate(policy, _policy_request(request, first.action.kind, first))
        if first.action.kind not in request.available_actions:
            reason = "The proposed action is not among the available ones."
            decision = decision.model_copy(
                update={"effect": Effect.DENY, "rule": "available-actions", "reason": reason}
            )
        return first.action.kind, decision
    decisions = {
        action: evaluate(policy, _policy_request(request, action, None))
        for action in request.available_actions
    }
    return max(decisions.items(), key=lambda decided: (_STRICTNESS[decided[1].effect], decided[1].severity))


def _policy_request(
    request: ProposeRequest, action: str, candidate: ProposeCandidate | None
) -> PolicyRequest:
    target = candidate.action if candidate else None
    return PolicyRequest(
        organization=request.context.organization,
        tool=_TOOL,
        action=action,
        service=(target.service if target else "") or request.context.service,
        environment=(target.environment if target else "") or request.context.environment,
        cluster=(target.cluster if target else "") or request.context.cluster,
        namespace=(target.namespace if target else "") or request.context.namespace,
        caller_type=request.context.caller,
        at=datetime.now(UTC),
        severity=(candidate.severity if candidate else None) or Severity.SAFE,
    )
