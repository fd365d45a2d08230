from pydantic import BaseModel, Field, FiniteFloat

from adapters.dashboards.answers.decoded_response import DecodedResponse, Sample
from adapters.dashboards.answers.units import unit_of
from missions.evidence import Origin, Series
from missions.plan import PanelQuery

_UNITS = {"second": "seconds", "millisecond": "milliseconds", "byte": "bytes", "fraction": "ratio"}


class _Unit(BaseModel):
    name: str = ""


class _Row(BaseModel):
    metric: str = ""
    scope: str = ""
    tag_set: list[str] = []
    unit: list[_Unit | None] | None = None
    pointlist: list[tuple[FiniteFloat, Sample]] = []


class _Response(BaseModel):
    status: str = ""
    error: str | None = None
    series: list[_Row] = Field(default=[])


def read_metrics(body: bytes, panel_query: PanelQuery, service_tag: str, origin: Origin) -> DecodedResponse:
    """Decodes `/api/v1/query`: a series for each scope.

    Raises ValueError for an error, which Datadog sends with HTTP 200, and for any other shape.
    """
    response = _Response.model_validate_json(body)
    if response.error or response.status == "error":
        raise ValueError(response.error or "Datadog answered with an error")
    return DecodedResponse(
        series=tuple(_series(row, panel_query, service_tag, origin) for row in response.series)
    )


def _series(row: _Row, panel_query: PanelQuery, service_tag: str, origin: Origin) -> Series:
    tags = row.tag_set or [tag for tag in row.scope.split(",") if ":" in tag]
    labels = dict(tag.split(":", 1) for tag in tags if ":" in tag)
    service = labels.get(service_tag) or panel_query.service
    metric = panel_query.metric or row.metric
    unit = next((unit.name for unit in row.unit or () if unit is not None), "")
    return Series(
        id=f"{panel_query.panel}#{service}",
        panel=panel_query.panel,
        service=service,
        metric=metric,
        unit=panel_query.unit or _UNITS.get(unit, unit) or unit_of(metric),
        query=panel_query.query,
        origin=origin,
        labels=labels,
        points=tuple((milliseconds / 1000, value) for milliseconds, value in row.pointlist),
    )
