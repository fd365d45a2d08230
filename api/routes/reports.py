import json

import structlog
from fastapi import APIRouter, Request

router = APIRouter(tags=["reports"])
log = structlog.get_logger(__name__)
FIELDS = ("document-uri", "violated-directive", "effective-directive", "blocked-uri", "line-number")
MOST = 200


@router.post("/csp-report", status_code=204)
async def csp_report(request: Request) -> None:
    """A browser tells that a page of ours tried what its policy forbids. It is logged, shortened."""
    try:
        told = json.loads(await request.body())
    except (ValueError, RecursionError):
        return
    report = told.get("csp-report") if isinstance(told, dict) else None
    if isinstance(report, dict):
        log.warning("content policy", **{name: str(report.get(name, ""))[:MOST] for name in FIELDS})
