"""Alerts that fired in the incident, and how they differ from log lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from missions.evidence import LogLine
from rca.times import epoch_seconds


class AlertSeverity(IntEnum):
    """How urgent an alert is; `NONE` is a heartbeat that always fires."""

    NONE = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True)
class Alert:
    """A firing alert: `at` in epoch seconds, `service` "" where its labels name none."""

    id: str
    name: str
    service: str
    at: float
    severity: AlertSeverity
    line: LogLine


ALERT_NAME = "alertname"
_MUTED = frozenset(
    {"suppressed", "silenced", "inhibited", "muted", "resolved", "inactive", "pending", "ok", "normal"}
)
_NONE = frozenset({"none", "heartbeat", "ok", "normal"})
_INFO = frozenset({"info", "information", "informational", "notice", "low", "debug", "p5", "sev5", "sev-5"})
_WARNING = frozenset(
    {"warning", "warn", "minor", "medium", "moderate", "p3", "p4", "sev3", "sev4", "sev-3", "sev-4"}
)
_HEARTBEATS = ("watchdog", "deadmanssnitch", "deadmansswitch", "deadman", "heartbeat", "alwaysfiring")


def is_alert(line: LogLine) -> bool:
    """Whether the line is an alert of a monitoring system."""
    return ALERT_NAME in line.fields


def alerts_of(lines: Iterable[LogLine], start: float, end: float) -> tuple[Alert, ...]:
    """Alerts that began within the recording (epoch seconds) and are not muted, oldest first.

    One that began earlier tells of something older. A severity with an unknown name counts as an error:
    people name those that page them in many ways.
    """
    alerts = []
    for line in lines:
        at = epoch_seconds(line.at)
        name = line.fields.get(ALERT_NAME, "")
        if not name or not start <= at <= end or line.fields.get("state", "").lower() in _MUTED:
            continue
        severity = _severity(name, line.level)
        if severity is not AlertSeverity.NONE:
            alerts.append(Alert(line.id, name, line.service, at, severity, line))
    return tuple(sorted(alerts, key=lambda alert: (alert.at, alert.id)))


def _severity(name: str, level: str) -> AlertSeverity:
    if any(word in name.lower().replace("_", "").replace("-", "").replace(" ", "") for word in _HEARTBEATS):
        return AlertSeverity.NONE
    level = level.strip().lower()
    for names, severity in (
        (_NONE, AlertSeverity.NONE),
        (_INFO, AlertSeverity.INFO),
        (_WARNING, AlertSeverity.WARNING),
    ):
        if level in names:
            return severity
    return AlertSeverity.ERROR if level else AlertSeverity.WARNING
