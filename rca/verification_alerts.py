"""Alerts as evidence of an end: one that fired in the incident must not fire any more."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from missions.evidence import Evidence, LogLine
from missions.verification import AlertCheck, Recovery
from rca.times import epoch_seconds
from rca.verification_measurements import workload

_ALERT = "alertname"
_QUIET_STATES = frozenset({"suppressed", "resolved", "inactive", "normal", "ok", "pending"})
_QUIET_LEVELS = frozenset({"none", "info", "informational"})
RESOLVE_S = 300.0
"""Seconds beyond the proof in which an alert may still fire: its own range, interval and resolve delay."""


@dataclass(frozen=True)
class FiringAlert:
    """An alert that fires on the page `target`: its name, its service ("" for none) and when it began."""

    id: str
    target: str
    name: str
    service: str
    since: float


def firing(evidence: Iterable[Evidence]) -> dict[str, FiringAlert]:
    """The alerts that fire on these pages by id, without silenced ones and mere information."""
    return {
        line.id: FiringAlert(
            id=line.id,
            target=page.target,
            name=line.fields[_ALERT],
            service=workload(line.service),
            since=epoch_seconds(line.at),
        )
        for page in evidence
        for line in page.logs
        if _fires(line)
    }


def check_alerts(
    before: tuple[Evidence, ...],
    after: tuple[Evidence, ...],
    services: Collection[str],
    *,
    is_late: bool,
) -> tuple[AlertCheck, ...]:
    """What became of the incident's alerts: those that began in its window, or are about these services.

    One that still fires is unknown at first: its expression has a range of its own. `is_late`: the proof's
    time and RESOLVE_S have passed, so that it is not recovered. Without its page it is unknown.
    """
    start = min((epoch_seconds(page.window.start) for page in before), default=0.0)
    fired, still = firing(before), firing(after)
    seen = {page.target for page in after}
    checks = []
    for alert in {**still, **fired}.values():
        if alert.since < start and alert.service not in services:
            continue
        if alert.id in still:
            recovery = Recovery.NOT_RECOVERED if is_late else Recovery.UNKNOWN
        else:
            recovery = Recovery.RECOVERED if alert.target in seen else Recovery.UNKNOWN
        checks.append(
            AlertCheck(name=alert.name, service=alert.service, fires=alert.id in still, recovery=recovery)
        )
    return tuple(checks)


def _fires(line: LogLine) -> bool:
    return (
        line.id.startswith("alert-")
        and _ALERT in line.fields
        and line.fields.get("state", "").lower() not in _QUIET_STATES
        and line.level.lower() not in _QUIET_LEVELS
    )
