import json
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from missions.audit_entry import masked
from stores.postgres.database import at_the_end
from stores.postgres.storable import storable

MAX_TEXT = 2000
"""Characters of one field from outside: the trail must not become a storage."""
_FIELDS = (
    "actor",
    "deed",
    "subject",
    "result",
    "ip",
    "user_agent",
    "correlation_id",
    "detail",
    "before",
    "after",
)
_CALL = "audit_append(" + ", ".join(f"CAST(:{field} AS text)" for field in _FIELDS) + ")"
_APPEND, _APPEND_SYSTEM = text(f"SELECT {_CALL}"), text(f"SELECT shared.{_CALL}")


@dataclass(frozen=True)
class AuditOrigin:
    """The origin of a request."""

    ip: str = ""
    user_agent: str = ""


NOWHERE = AuditOrigin()
ORIGIN: ContextVar[AuditOrigin] = ContextVar("origin", default=NOWHERE)
"""Set for each request; the audit entries of its transactions include it."""

Json = dict[str, Any] | None


async def audit(
    session: AsyncSession,
    actor: str,
    deed: str,
    subject: str,
    detail: Json = None,
    *,
    before: Json = None,
    after: Json = None,
    result: str = "ok",
    system: bool = False,
) -> None:
    """Appends one entry to the organization's chain, in the caller's transaction; masks secrets by name.

    The entry is the transaction's last statement, so that the lock on the chain's head is held only for the
    commit. `system` appends to the installation's own chain instead.
    """
    values = _values(actor, deed, subject, result, (detail or {}, before, after))
    at_the_end(session, partial(session.execute, _APPEND_SYSTEM if system else _APPEND, values))


def _values(
    actor: str, deed: str, subject: str, result: str, content: tuple[Json, Json, Json]
) -> dict[str, str]:
    origin = ORIGIN.get()
    correlation = structlog.contextvars.get_contextvars().get("correlation_id") or ""
    values = (actor, deed, subject, result, origin.ip, origin.user_agent, str(correlation))
    texts = [storable(value)[:MAX_TEXT] for value in values]
    return dict(zip(_FIELDS, [*texts, *(_json(part) for part in content)], strict=True))


def _json(content: Json) -> str:
    return json.dumps(masked(storable(content)), sort_keys=True, separators=(",", ":"), default=str)
