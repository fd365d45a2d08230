import structlog
from fastapi import Request

from api.wiring import Wiring
from missions.errors import OpsError
from missions.person import Person

log = structlog.get_logger(__name__)
TOLD = "20 per hour"
"""Refusals of one person that the audit trail tells: whoever tries all doors must not fill it."""


async def tell_refusal(request: Request, reason: str) -> None:
    """Tells the audit trail who was refused what. The answer does not depend on it: nothing was done."""
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        return
    wiring: Wiring = request.app.state.wiring
    allowance = await wiring.limits.take(TOLD, "refusals", str(person.id))
    if not allowance.allowed:
        return
    route = getattr(request.scope.get("route"), "path", request.url.path)
    try:
        deed = f"{request.method} {route}"
        await wiring.audit_trail.refused(person, deed, reason, last=allowance.remaining == 0)
    except OpsError as error:
        log.warning("a refusal is not in the audit trail", reason=str(error))
