from urllib.parse import urlencode

from pydantic import BaseModel, Field, FiniteFloat

from adapters.dashboards.extract import Extract, Sample
from adapters.dashboards.json_page import JsonPage
from adapters.dashboards.units import unit_of
from missions.evidence import Basis, Origin, Series, Source
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


class _Answer(BaseModel):
    status: str = ""
    error: str | None = None
    series: list[_Row] = Field(default=[])


class DatadogDashboard(JsonPage):
    """Datadog's metrics (API v1); its credentials are the headers `DD-API-KEY` and `DD-APPLICATION-KEY`.

    Its pages have no published selectors, so none is opened. Settings: `serviceLabel` (a tag's key).
    """

    def path_of(self, asked: PanelQuery) -> str:
        """`/api/v1/query`, whose times are whole seconds."""
        start, end = (int(one.timestamp()) for one in (self._window.start, self._window.end))
        return "/api/v1/query?" + urlencode({"from": start, "to": end, "query": asked.query})

    def read(self, body: bytes, asked: PanelQuery, origin: Origin) -> Extract:
        """A series for each scope. Raises ValueError for the error that Datadog tells with a 200."""
        answer = _Answer.model_validate_json(body)
        if answer.error or answer.status == "error":
            raise ValueError(answer.error or "Datadog answered with an error")
        label = self._target.settings.get("serviceLabel", "service")
        return Extract(series=tuple(_series(row, asked, label, origin) for row in answer.series))

    @property
    def source(self) -> Source:
        """From the vendor's own client models."""
        return Source(type="datadog", basis=Basis.CONTRACT)


def _series(row: _Row, asked: PanelQuery, label: str, origin: Origin) -> Series:
    tags = row.tag_set or [tag for tag in row.scope.split(",") if ":" in tag]
    labels = dict(tag.split(":", 1) for tag in tags if ":" in tag)
    service = labels.get(label) or asked.service
    metric = asked.metric or row.metric
    unit = next((one.name for one in row.unit or () if one is not None), "")
    return Series(
        id=f"{asked.panel}#{service}",
        panel=asked.panel,
        service=service,
        metric=metric,
        unit=asked.unit or _UNITS.get(unit, unit) or unit_of(metric),
        query=asked.query,
        origin=origin,
        labels=labels,
        points=tuple((milliseconds / 1000, value) for milliseconds, value in row.pointlist),
    )
