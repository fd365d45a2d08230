"""`/api/v1/approvals/*` (contract 4): the policy server's own approvals, for callers with a key."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse
from pydantic import Field

from missions.approval import GatewayStatus
from missions.strict_model import StrictModel
from servers.api_keys import ApiKeyAuth
from servers.approval_store import GatewayApprovalStore, StoredApproval


class DenyRequest(StrictModel):
    """The body of `POST /{token}/deny`."""

    reason: Annotated[str, Field(max_length=5000)] = ""


def routes(store: GatewayApprovalStore, auth: ApiKeyAuth) -> APIRouter:
    """The four endpoints."""
    router = APIRouter(prefix="/api/v1/approvals")
    caller_name = Annotated[str, Depends(auth)]

    @router.get("/pending")
    async def pending(_: caller_name) -> dict[str, Any]:
        approvals = store.pending()
        return {"count": len(approvals), "approvals": [_listed(approval) for approval in approvals]}

    @router.get("/{token}")
    async def get(token: str, _: caller_name) -> dict[str, Any]:
        return _detailed(_get(store, token))

    @router.post("/{token}/approve")
    async def approve(token: str, name: caller_name) -> Any:  # noqa: ANN401  the approval or a refusal
        return _decide(store, token, GatewayStatus.APPROVED, {"approvedBy": name})

    @router.post("/{token}/deny")
    async def deny(token: str, name: caller_name, body: DenyRequest | None = None) -> Any:  # noqa: ANN401  as above
        reason = (body.reason if body else "") or "No reason provided"
        return _decide(store, token, GatewayStatus.DENIED, {"deniedBy": name, "reason": reason})

    return router


def _listed(approval: StoredApproval) -> dict[str, Any]:
    request = approval.request
    return {
        "token": approval.token,
        "tool": request.tool,
        "action": request.action,
        "severity": request.severity,
        "caller": {"type": request.caller},
        "args": json.loads(request.args),
        "createdAt": approval.created_at,
        "expiresAt": approval.expires_at,
        "reason": request.reason,
        "rule": request.rule,
    }


def _detailed(approval: StoredApproval) -> dict[str, Any]:
    request = approval.request
    return {
        "token": approval.token,
        "status": approval.status,
        "context": {
            "tool": request.tool,
            "action": request.action,
            "severity": request.severity,
            "caller": {"type": request.caller},
            "args": json.loads(request.args),
        },
        "decision": {"effect": "review", "reason": request.reason, "rule": request.rule},
        "createdAt": approval.created_at,
        "expiresAt": approval.expires_at,
    }


def _get(store: GatewayApprovalStore, token: str) -> StoredApproval:
    approval = store.get(token)
    if approval is None:
        raise HTTPException(404, "There is no such approval.")
    return approval


def _decide(store: GatewayApprovalStore, token: str, status: GatewayStatus, extra: dict[str, str]) -> Any:  # noqa: ANN401  as above
    _get(store, token)
    decided = store.decide(token, status)
    approval = _get(store, token)
    if not decided:
        return JSONResponse({"success": False, "error": f"Approval is already {approval.status}"}, 400)
    request = approval.request
    summary = {"token": token, "status": approval.status, "tool": request.tool, "action": request.action}
    return {"success": True, "message": f"Approval {approval.status}", "approval": summary, **extra}
