import json

import structlog
from fastapi import APIRouter, Request

router = APIRouter(tags=["reports"])
log = structlog.get_logger(__name__)
FIELDS = ("document-uri", "violated-directive", "effective-directive", "blocked-uri", "line-number")
MAX_CHARACTERS = 200


@router.post("/csp-report", status_code=204)
async def csp_report(request: Request) -> None:
    """A browser reports a violation of a page's Content-Security-Policy. It is logged, shortened."""
    try:
        content = json.loads(await request.body())
    except (ValueError, RecursionError):
        return
    report = content.get("csp-report") if isinstance(content, dict) else None
    if isinstance(report, dict):
        fields = {name: str(report.get(name, ""))[:MAX_CHARACTERS] for name in FIELDS}
        log.warning("content policy", **fields)
