from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from api import csv_export
from api.access import AuditReader
from api.dependencies.injected import Oversight
from api.responses.administration import AuditListResponse
from missions.audit_entry import AuditEntry
from stores.postgres.audit.trail import TrailFilter

router = APIRouter(prefix="/audit", tags=["audit"])
Short = Annotated[str | None, Query(min_length=1, max_length=300)]


class ExportFormat(StrEnum):
    """The file format of an export."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.JSONL: "application/x-ndjson"}


def filters_of(
    actor: Short = None,
    deed: Short = None,
    subject: Short = None,
    result: Short = None,
    ip: Short = None,
    correlation_id: Annotated[str | None, Query(alias="correlationId", max_length=64)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> TrailFilter:
    """The filters of the list and of the export."""
    return TrailFilter(actor, deed, subject, result, ip, correlation_id, _plain(since), _plain(until))


def _plain(at: AwareDatetime | None) -> datetime | None:
    return at


Filters = Annotated[TrailFilter, Depends(filters_of)]


@router.get("")
async def page(
    person: AuditReader,
    oversight: Oversight,
    filters: Filters,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    *,
    routine: bool = False,
) -> AuditListResponse:
    """The organization's audit trail, newest first, with counts by deed, actor and result.

    Session renewals are left out unless `routine` or `deed` asks for them; an export contains everything.
    `cursor` is the number of the last entry on the previous page.
    """
    listed = await oversight.audit.page(
        person,
        replace(filters, routine=routine),
        limit=limit,
        before=None if cursor is None else int(cursor),
    )
    return AuditListResponse(
        entries=tuple(listed.entries),
        total=listed.total,
        facets=listed.facets,
        next_cursor=None if listed.next_before is None else str(listed.next_before),
    )


@router.get("/export", response_class=StreamingResponse)
async def export(
    person: AuditReader,
    oversight: Oversight,
    filters: Filters,
    export_format: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.JSONL,
) -> StreamingResponse:
    """All matching entries, oldest first, as CSV or JSON lines. The export itself is audited."""
    entries = await oversight.audit.export(person, filters, export_format.value)
    name = f"audit-{person.org}.{export_format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = csv_export.csv(AuditEntry, entries) if export_format is ExportFormat.CSV else _lines(entries)
    return StreamingResponse(content, media_type=MEDIA_TYPES[export_format], headers=headers)


async def _lines(entries: AsyncIterator[AuditEntry]) -> AsyncIterator[str]:
    async for entry in entries:
        yield entry.model_dump_json(by_alias=True) + "\n"
