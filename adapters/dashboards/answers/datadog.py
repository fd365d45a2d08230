import re

from pydantic import BaseModel, Field, FiniteFloat

from adapters.dashboards.answers.decoded_response import DecodedResponse, Sample
from missions.evidence import Origin, Series
from missions.plan import PanelQuery
from semantics.datadog import datadog_queries

_NAME = re.compile(r"[\w.]+")


class _Unit(BaseModel):
    name: str = ""


class _Row(BaseModel):
    metric: str = ""
    display_name: str = ""
    query_index: int = 0
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
    service = labels.get(service_tag, "")
    return Series(
        id=f"{panel_query.panel}#{service}",
        panel=panel_query.panel,
        service=service,
        metric=row.metric if _NAME.fullmatch(row.metric) else "",
        unit=_unit(row.unit or []),
        query=_query(panel_query.query, row.query_index),
        origin=origin,
        labels=labels,
        legend=row.display_name if row.display_name != row.metric else "",
        product="datadog",
        points=tuple((milliseconds / 1000, value) for milliseconds, value in row.pointlist),
    )


def _unit(units: list[_Unit | None]) -> str:
    """The unit in Datadog's words: [amount, per], where each may be null, as in "request/second"."""
    names = [unit.name for unit in units if unit is not None]
    return "/".join(names)


def _query(text: str, index: int) -> str:
    """The query, of several in one text, that a series answers."""
    queries = datadog_queries(text)
    return queries[index] if index in range(len(queries)) else text
