import re
from collections.abc import Set as AbstractSet

from pydantic import BaseModel, FiniteFloat

from adapters.dashboards.answers.decoded_response import DecodedResponse, Sample
from missions.evidence import Origin, Series
from missions.plan import PanelQuery
from semantics.expressions import selected_metric

# Only one part may take the spaces behind the name: two of them take quadratic time on a hostile page.
_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{[^{}]*\}\s*)?")

MATRIX = frozenset({"matrix"})
NUMBERS = frozenset({"matrix", "vector", "scalar"})
_Point = tuple[FiniteFloat, Sample]


class _Row(BaseModel):
    """A series of a matrix (`values`) or of a vector (`value`)."""

    metric: dict[str, str]
    values: list[_Point] = []
    value: _Point | None = None


class _Matrix(BaseModel):
    resultType: str  # noqa: N815  Prometheus' spelling
    result: list[_Row] | _Point  # a scalar is one point


class _Response(BaseModel):
    status: str
    data: _Matrix | None = None
    errorType: str = ""  # noqa: N815  Prometheus' spelling
    error: str = ""


def read_matrix(body: bytes, panel_query: PanelQuery, service_label: str) -> DecodedResponse:
    """Decodes `/api/v1/query_range`. Raises ValueError for an error response and for any other shape."""
    return read_query(body, panel_query, service_label, MATRIX)


def read_query(
    body: bytes,
    panel_query: PanelQuery,
    service_label: str,
    kinds: AbstractSet[str] = NUMBERS,
    origin: Origin = Origin.PAGE_RESPONSE,
) -> DecodedResponse:
    """Decodes results of these kinds. Raises ValueError for an error response and for any other shape."""
    response = _Response.model_validate_json(body)
    if response.status != "success" or response.data is None:
        raise ValueError(f"{response.errorType}: {response.error}")
    kind, result = response.data.resultType, response.data.result
    if kind not in kinds or (kind == "scalar") != isinstance(result, tuple):
        raise ValueError(f"a {kind}, not {' or '.join(sorted(kinds))}")
    if isinstance(result, tuple):
        return DecodedResponse(
            series=(_series(_Row(metric={}, value=result), panel_query, service_label, origin),)
        )
    return DecodedResponse(series=tuple(_series(row, panel_query, service_label, origin) for row in result))


def _series(row: _Row, panel_query: PanelQuery, service_label: str, origin: Origin) -> Series:
    service = row.metric.get(service_label, "")
    return Series(
        id=f"{panel_query.panel}#{service}",
        panel=panel_query.panel,
        service=service,
        metric=row.metric.get("__name__") or selected_metric(panel_query.query),
        unit="",  # Prometheus knows no units
        query=panel_query.query,
        origin=origin,
        labels={name: value for name, value in row.metric.items() if name != "__name__"},
        product="prometheus",
        points=tuple(row.values) if row.value is None else (row.value,),
    )


def metric_of(query: str) -> str:
    """The metric of a plain selector; any other expression is returned whole, as rate() changes the unit."""
    plain = _SELECTOR.fullmatch(query)
    return plain.group(1) if plain else query
