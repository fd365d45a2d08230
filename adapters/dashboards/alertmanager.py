from typing import Any
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from adapters.dashboards.extract import Extract
from adapters.dashboards.json_page import JsonPage
from missions.evidence import Basis, LogLine, Origin, Source
from missions.plan import PanelQuery


class _Status(BaseModel):
    state: str = ""


class _Alert(BaseModel):
    fingerprint: str
    startsAt: AwareDatetime  # noqa: N815  Alertmanager's spelling
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    status: _Status = _Status()


_ALERTS = TypeAdapter(list[_Alert])


class AlertmanagerDashboard(JsonPage):
    """Alertmanager's alerts (API v2), each a log line at the moment it began.

    A query is a filter (`severity="page"`), `{}` means all. Settings: `serviceLabel`.
    """

    everything = "{}"

    def path_of(self, asked: PanelQuery) -> str:
        """`/api/v2/alerts`, those that are active."""
        chosen = [] if asked.query == "{}" else [("filter", asked.query)]
        return "/api/v2/alerts?" + urlencode([("active", "true"), *chosen])

    def read(self, body: bytes, asked: PanelQuery, origin: Origin) -> Extract:
        """One line for each alert, oldest first."""
        label = self._target.settings.get("serviceLabel", "service")
        lines = [_line(one, asked, label, origin) for one in _ALERTS.validate_json(body)]
        return Extract(logs=tuple(sorted(lines, key=lambda line: (line.at, line.id))))

    @property
    def source(self) -> Source:
        """Debian's 0.25 is driven by our tests."""
        return Source(type="alertmanager", basis=Basis.SEEN)


def _line(alert: _Alert, asked: PanelQuery, label: str, origin: Origin) -> LogLine:
    told: dict[str, Any] = alert.annotations
    name = alert.labels.get("alertname", "alert")
    words = told.get("summary") or told.get("description") or told.get("message") or ""
    return LogLine(
        id=f"alert-{alert.fingerprint}",
        at=alert.startsAt,
        service=alert.labels.get(label, asked.service),
        level=alert.labels.get("severity", "").lower(),
        message=f"{name}: {words}" if words else name,
        fields={**alert.annotations, **alert.labels, "state": alert.status.state},
        panel=asked.panel,
        query=asked.query,
        origin=origin,
    )
