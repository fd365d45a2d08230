from pydantic import AwareDatetime, BaseModel, TypeAdapter

from adapters.dashboards.answers.decoded_response import DecodedResponse
from missions.evidence import LogLine, Origin
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


def read_alerts(body: bytes, panel_query: PanelQuery, service_label: str, origin: Origin) -> DecodedResponse:
    """Decodes `/api/v2/alerts`: a log line for each alert at the moment it began, oldest first.

    Raises ValueError for any other shape.
    """
    lines = [_line(alert, panel_query, service_label, origin) for alert in _ALERTS.validate_json(body)]
    return DecodedResponse(logs=tuple(sorted(lines, key=lambda line: (line.at, line.id))))


def _line(alert: _Alert, panel_query: PanelQuery, service_label: str, origin: Origin) -> LogLine:
    name = alert.labels.get("alertname", "alert")
    texts = (alert.annotations.get(key) for key in ("summary", "description", "message"))
    text = next((text for text in texts if text), "")
    return LogLine(
        id=f"alert-{alert.fingerprint}",
        at=alert.startsAt,
        service=alert.labels.get(service_label, ""),
        level=alert.labels.get("severity", "").lower(),
        message=f"{name}: {text}" if text else name,
        fields={**alert.annotations, **alert.labels, "state": alert.status.state},
        panel=panel_query.panel,
        query=panel_query.query,
        origin=origin,
    )
