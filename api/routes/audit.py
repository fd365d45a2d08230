from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from api import tables_of_text
from api.access import AuditReader, Wired
from api.responses.administration import AuditListResponse
from missions.audit_entry import AuditEntry
from missions.errors import CursorError
from stores.postgres.audit.trail import TrailFilter

router = APIRouter(prefix="/audit", tags=["audit"])
Short = Annotated[str | None, Query(min_length=1, max_length=300)]
MAX_SEQ = 2**63 - 1


class Form(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.JSONL: "application/x-ndjson"}


def trail_filter(
    actor: Short = None,
    deed: Short = None,
    subject: Short = None,
    result: Short = None,
    ip: Short = None,
    correlation_id: Annotated[str | None, Query(alias="correlationId", max_length=64)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> TrailFilter:
    """The filters, the same for list and export."""
    return TrailFilter(actor, deed, subject, result, ip, correlation_id, _plain(since), _plain(until))


def _plain(at: AwareDatetime | None) -> datetime | None:
    return at


Filters = Annotated[TrailFilter, Depends(trail_filter)]


@router.get("")
async def page(
    person: AuditReader,
    wiring: Wired,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    *,
    routine: bool = False,
) -> AuditListResponse:
    """The organization's audit trail, newest first, with counts by deed, actor and result.

    Renewals of sessions are left out, unless `routine` or `deed` asks for them; exports hold everything.
    """
    before = None if cursor is None else wiring.cursors.read(cursor).int
    if before is not None and before > MAX_SEQ:
        raise CursorError
    found = await wiring.audit_trail.page(
        person, replace(filters, routine=routine), limit=limit, before=before
    )
    return AuditListResponse(
        entries=tuple(found.entries),
        total=found.total,
        facets=found.facets,
        next_cursor=None if found.next_before is None else wiring.cursors.write(UUID(int=found.next_before)),
    )


@router.get("/export", response_class=StreamingResponse)
async def export(
    person: AuditReader,
    wiring: Wired,
    filters: Filters,
    form: Annotated[Form, Query(alias="format")] = Form.JSONL,
) -> StreamingResponse:
    """All matching entries, oldest first, as CSV or JSON lines. The export is audited."""
    entries = await wiring.audit_trail.export(person, filters, form.value)
    name = f"audit-{person.org}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    written = tables_of_text.csv(AuditEntry, entries) if form is Form.CSV else _lines(entries)
    return StreamingResponse(written, media_type=MEDIA_TYPES[form], headers=headers)


async def _lines(entries: AsyncIterator[AuditEntry]) -> AsyncIterator[str]:
    async for entry in entries:
        yield entry.model_dump_json(by_alias=True) + "\n"
