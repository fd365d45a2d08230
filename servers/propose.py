"""The policy engine behind contract 4: `POST /propose`, and where asked for, approvals of its own."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import Depends, FastAPI, HTTPException

from missions.proposal import Effect
from policy.evaluation import Judgement, Request, evaluate
from policy.rules import Policy, Severity, load_policy, policy_version
from servers import problems
from servers.approval_book import ApprovalBook, RequestedAction
from servers.approvals import Doorkeeper, routes
from servers.limits import BodyLimit
from servers.propose_messages import CandidateIn, ProposeIn, ProposeOut

_LARGEST = 1_000_000  # bytes of a request
_TOOL = "ops-agent"
_STRICTNESS = {Effect.ALLOW: 0, Effect.REVIEW: 1, Effect.DENY: 2}


def create_app(
    read: Callable[[], str], book: ApprovalBook | None = None, keys: Mapping[str, str] | None = None
) -> FastAPI:
    """The app for one policy, read anew for each question.

    With a book, what is reviewed gets an approval in it, and everybody must show one of `keys`, names by key.
    Raises pydantic.ValidationError at the start where it cannot be read; later it answers 503 instead.
    """
    load_policy(read())
    app = FastAPI(title="ops-agent policy", docs_url=None, redoc_url=None)
    problems.install(app)
    app.add_middleware(BodyLimit, most=_LARGEST)

    doorkeeper = Doorkeeper(keys or {})
    if book is not None:
        app.include_router(routes(book, doorkeeper))

    @app.post("/propose", dependencies=[] if book is None else [Depends(doorkeeper)])
    async def propose(request: ProposeIn) -> ProposeOut:
        try:
            text = read()
            policy = load_policy(text)
        except (OSError, ValueError) as error:
            raise HTTPException(503, "The policy cannot be read at the moment.") from error
        action, judged = _judged(policy, request)
        # The same key is the same proposal; without one every request is a proposal of its own.
        key = request.idempotency_key or str(uuid4())
        review = judged.effect is Effect.REVIEW
        page = book.open(key, _question(request, action, judged)) if book and review else None
        return ProposeOut(
            approval_required=judged.effect is not Effect.ALLOW,
            action=action,
            details={"service": request.context.service, "environment": request.context.environment},
            proposal_id=str(uuid5(NAMESPACE_URL, key)),
            severity=judged.severity,
            effect=judged.effect,
            reason=judged.reason,
            rule=judged.rule,
            policy_version=policy_version(text),
            group=judged.group,
            approval_token=page.token if page else None,
            expires_at=page.expires_at if page else None,
        )

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _question(request: ProposeIn, action: str, judged: Judgement) -> RequestedAction:
    """What somebody at the gateway is to agree to."""
    target = request.candidates[0].action.model_dump() if request.candidates else {}
    return RequestedAction(
        tool=_TOOL,
        action=action,
        severity=judged.severity.name.lower(),
        caller=request.context.caller,
        args=json.dumps(request.context.model_dump(by_alias=True) | target),
        reason=judged.reason,
        rule=judged.rule,
    )


def _judged(policy: Policy, request: ProposeIn) -> tuple[str, Judgement]:
    """The first candidate's action; an older caller names none: then the strictest of the available ones."""
    if request.candidates:
        first = request.candidates[0]
        judged = evaluate(policy, _asked(request, first.action.kind, first))
        if first.action.kind not in request.available_actions:
            reason = "The proposed action is not among the available ones."
            judged = judged.model_copy(
                update={"effect": Effect.DENY, "rule": "available-actions", "reason": reason}
            )
        return first.action.kind, judged
    every = [(name, evaluate(policy, _asked(request, name, None))) for name in request.available_actions]
    return max(every, key=lambda one: (_STRICTNESS[one[1].effect], one[1].severity))


def _asked(request: ProposeIn, action: str, candidate: CandidateIn | None) -> Request:
    target = candidate.action if candidate else None
    return Request(
        tool=_TOOL,
        action=action,
        service=(target.service if target else "") or request.context.service,
        environment=(target.environment if target else "") or request.context.environment,
        caller_type=request.context.caller,
        at=datetime.now(UTC),
        severity=(candidate.severity if candidate else None) or Severity.SAFE,
    )
