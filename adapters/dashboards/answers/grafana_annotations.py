from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, FiniteFloat, TypeAdapter

from adapters.dashboards.answers.decoded_response import DecodedResponse
from missions.evidence import Change
from missions.plan import PanelQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = ("deployment", "action", "config", "configuration")


class _Data(BaseModel):
    service: str | None = None
    version: str | None = None
    revision: int | None = None
    previousRevision: int | None = None  # noqa: N815  Grafana's spelling


class _Annotation(BaseModel):
    id: int | str
    time: FiniteFloat  # epoch milliseconds
    text: str = ""
    tags: list[str] = []
    data: _Data | None = None


_ANNOTATIONS = TypeAdapter(list[_Annotation])


def read_annotations(body: bytes, panel_query: PanelQuery, service_label: str) -> DecodedResponse:
    """Decodes Grafana's `/api/annotations`, oldest first. Raises ValueError for any other shape."""
    del panel_query, service_label  # an annotation belongs to the whole page
    changes = {str(note.id): _change(note) for note in _ANNOTATIONS.validate_json(body)}
    return DecodedResponse(changes=tuple(sorted(changes.values(), key=lambda change: (change.at, change.id))))


def _change(note: _Annotation) -> Change:
    data = note.data or _Data()
    kind = next((tag for tag in note.tags if tag in _KINDS), "annotation")
    return Change(
        id=f"change-{note.id}",
        at=_EPOCH + timedelta(milliseconds=note.time),
        service=data.service or next((tag for tag in note.tags if tag not in _KINDS), ""),
        kind=kind,
        description=note.text,
        version=data.version,
        revision=data.revision,
        previous_revision=data.previousRevision,
    )
