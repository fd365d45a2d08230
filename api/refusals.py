import structlog
from fastapi import Request

from api.dependencies.container import ApiDependencies
from missions.errors import OpsError
from missions.person import Person

log = structlog.get_logger(__name__)
RATE = "20 per hour"
"""Audited refusals of one person: a client that tries every route must not fill the audit trail."""


async def audit_refusal(request: Request, reason: str) -> None:
    """Audits that a person was refused a request. Without the database the refusal is only logged."""
    person: Person | None = getattr(request.state, "person", None)
    if person is None:
        return
    dependencies = ApiDependencies.of_app(request.app)
    allowance = await dependencies.throttle.limits.take(RATE, "refusals", str(person.id))
    if not allowance.allowed:
        return
    route = getattr(request.scope.get("route"), "path", request.url.path)
    try:
        await dependencies.oversight.audit.refused(
            person, f"{request.method} {route}", reason, last=allowance.remaining == 0
        )
    except OpsError as error:
        log.warning("a refusal is not in the audit trail", reason=str(error))
