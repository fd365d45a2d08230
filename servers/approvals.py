"""`/api/v1/approvals/*` (contract 4): the gateway's own approvals, for people and programs with a key."""

import hmac
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from missions.approval import GatewayStatus
from servers.approval_book import ApprovalBook, StoredApproval


class DenyIn(BaseModel):
    """`POST /{token}/deny`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(max_length=5000)] = ""


class Doorkeeper:
    """Who shows one of the keys, as bearer token or as `X-API-Key`; `keys` is names by key."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = {key.encode(): name for key, name in keys.items()}

    def __call__(self, request: Request) -> str:
        """The name. 401 for everybody else."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        given = shown.encode(errors="surrogateescape")
        names = [name for key, name in self._keys.items() if hmac.compare_digest(key, given)]
        if not names:
            raise HTTPException(401, "A valid bearer token or X-API-Key is required.")
        return names[0]


def routes(book: ApprovalBook, doorkeeper: Doorkeeper) -> APIRouter:
    """The four endpoints."""
    router = APIRouter(prefix="/api/v1/approvals")
    who = Annotated[str, Depends(doorkeeper)]

    @router.get("/pending")
    async def pending(_: who) -> dict[str, Any]:
        pages = book.pending()
        return {"count": len(pages), "approvals": [_listed(page) for page in pages]}

    @router.get("/{token}")
    async def get(token: str, _: who) -> dict[str, Any]:
        page, question = _found(book, token), _found(book, token).question
        return {
            "token": page.token,
            "status": page.status,
            "context": {
                "tool": question.tool,
                "action": question.action,
                "severity": question.severity,
                "caller": {"type": question.caller},
                "args": json.loads(question.args),
            },
            "decision": {"effect": "review", "reason": question.reason, "rule": question.rule},
            "createdAt": page.created_at,
            "expiresAt": page.expires_at,
        }

    @router.post("/{token}/approve")
    async def approve(token: str, name: who) -> Any:  # noqa: ANN401  an answer or a refusal
        return _decided(book, token, GatewayStatus.APPROVED, {"approvedBy": name})

    @router.post("/{token}/deny")
    async def deny(token: str, name: who, body: DenyIn | None = None) -> Any:  # noqa: ANN401  as above
        reason = (body.reason if body else "") or "No reason provided"
        return _decided(book, token, GatewayStatus.DENIED, {"deniedBy": name, "reason": reason})

    return router


def _listed(page: StoredApproval) -> dict[str, Any]:
    question = page.question
    return {
        "token": page.token,
        "tool": question.tool,
        "action": question.action,
        "severity": question.severity,
        "caller": {"type": question.caller},
        "args": json.loads(question.args),
        "createdAt": page.created_at,
        "expiresAt": page.expires_at,
        "reason": question.reason,
        "rule": question.rule,
    }


def _found(book: ApprovalBook, token: str) -> StoredApproval:
    page = book.get(token)
    if page is None:
        raise HTTPException(404, "There is no such approval.")
    return page


def _decided(book: ApprovalBook, token: str, status: GatewayStatus, more: dict[str, str]) -> Any:  # noqa: ANN401  as above
    _found(book, token)
    taken = book.decide(token, status)
    page = _found(book, token)
    if not taken:
        return JSONResponse({"success": False, "error": f"Approval is already {page.status}"}, 400)
    question = page.question
    told = {"token": token, "status": page.status, "tool": question.tool, "action": question.action}
    return {"success": True, "message": f"Approval {page.status}", "approval": told, **more}
