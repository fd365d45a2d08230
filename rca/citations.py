"""Evidence as citations. Names and log text come from outside: `plain` removes their markdown."""

import math

from missions.diagnosis import Citation
from missions.evidence import Change, LogLine
from missions.plain import plain
from missions.quantity import quantity
from rca.alerts import Alert, is_alert
from rca.error_counts import LOGS_PREFIX
from rca.log_templates import LogSpike
from rca.shifts import LevelShift
from rca.spans import SPANS_PREFIX
from rca.telemetry import Telemetry
from rca.times import epoch_seconds, utc

_ERROR_LEVELS = frozenset({"error", "critical", "fatal"})


def cite_series(shift: LevelShift) -> Citation:
    """A series with its usual level and the incident's; also the newest one if the incident is over."""
    series = shift.series
    unit = plain(series.unit or series.meaning.unit)
    if shift.samples == 0 or not math.isfinite(shift.after):
        levels = f"{quantity(_number(shift.before), unit)}, now no samples"
    elif not math.isfinite(shift.before):
        levels = f"not known, now {quantity(shift.after, unit)}"
    elif shift.recovered:
        then, end = quantity(shift.after, unit), quantity(shift.at_end, unit)
        levels = f"{quantity(shift.before, unit)}, then {then}, at the end {end}"
    else:
        levels = f"{quantity(shift.before, unit)}, now {quantity(shift.after, unit)}"
    labels = "".join(f" {plain(value)}" for _, value in series.labels if value != series.service)
    # No panel shows what was counted in log lines or in traces again.
    on_panel = not series.metric.startswith((LOGS_PREFIX, SPANS_PREFIX))
    return Citation(
        id=series.id,
        description=f"{plain(series.service)} {plain(series.name)}{labels}: usually {levels}",
        before=_number(shift.before) if on_panel else None,
        after=_number(shift.after) if on_panel else None,
        unit=series.unit,
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def cite_alert(alert: Alert) -> Citation:
    """A firing alert, with what it says."""
    of = f" of {plain(alert.service)}" if alert.service else ""
    at = utc(alert.at).strftime("%H:%M:%SZ")
    return Citation(id=alert.id, description=f"alert{of} since {at}: {plain(alert.line.message)}")


def cite_change(change: Change) -> Citation:
    """A deployment or configuration change, with its time."""
    at = utc(epoch_seconds(change.at)).strftime("%H:%M:%SZ")
    version = f" of {plain(change.version)}" if change.version else ""
    return Citation(
        id=change.id, description=f"{plain(change.kind)}{version} to {plain(change.service)} at {at}"
    )


def cite_log(line: LogLine) -> Citation:
    """A log line, quoted."""
    return Citation(
        id=line.id, description=f"{plain(line.service)} logged {plain(line.level)}: {plain(line.message)}"
    )


def cite_spike(spike: LogSpike) -> Citation:
    """A log template that is new or far more frequent, with its first line quoted."""
    template = spike.template
    rates = (
        "new"
        if spike.before == 0
        else f"{quantity(spike.before, '/s')} before, now {quantity(spike.after, '/s')}"
    )
    return Citation(
        id=template.id,
        description=(
            f"{plain(template.service)} logs ({rates}) {plain(template.level)}: "
            f"{plain(template.first_message)}"
        ),
    )


def first_errors(telemetry: Telemetry, since: float) -> tuple[LogLine, ...]:
    """Each service's first log line of level error or worse since a time, epoch seconds; no alerts."""
    first: dict[str, LogLine] = {}
    for line in telemetry.logs:
        if not is_alert(line) and epoch_seconds(line.at) >= since and line.level.lower() in _ERROR_LEVELS:
            first.setdefault(line.service, line)
    return tuple(first.values())
