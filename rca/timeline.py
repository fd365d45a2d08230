"""The timeline of an incident: changes, series that became worse, and new errors in the logs."""

from collections.abc import Iterable

from missions.diagnosis import Moment
from missions.plain import plain
from rca.alerts import Alert, AlertSeverity
from rca.changes import ChangeKind, kind_of
from rca.citations import cite_alert, cite_change, cite_series, cite_spike
from rca.log_templates import LogSpike
from rca.shifts import LevelShift
from rca.signals import Signal
from rca.telemetry import Telemetry
from rca.times import epoch_seconds, utc

_MAX_MOMENTS = 50


def timeline(
    telemetry: Telemetry,
    onset: float | None,
    shifts: Iterable[LevelShift],
    spikes: Iterable[LogSpike],
    alerts: Iterable[Alert] = (),
) -> tuple[Moment, ...]:
    """The newest moments in order of time; `onset` in epoch seconds."""
    moments = [
        Moment(
            timestamp=utc(epoch_seconds(change.at)),
            service=change.service,
            type="deployment" if kind_of(change) is ChangeKind.DEPLOYMENT else plain(change.kind),
            description=plain(change.description) or cite_change(change).description,
            severity="info",
        )
        for change in telemetry.changes
    ]
    moments += [
        Moment(
            timestamp=utc(shift.since if shift.since is not None else onset or 0.0),
            service=shift.series.service,
            type="anomaly",
            description=cite_series(shift).description,
            severity="critical" if shift.series.signal is Signal.ERRORS else "warning",
        )
        for shift in shifts
        if shift.since is not None or onset is not None
    ]
    moments += [
        Moment(
            timestamp=utc(alert.at),
            service=alert.service,
            type="alert",
            description=cite_alert(alert).description,
            severity="critical" if alert.severity is AlertSeverity.ERROR else "warning",
        )
        for alert in alerts
    ]
    moments += [
        Moment(
            timestamp=utc(spike.at),
            service=spike.template.service,
            type="log",
            description=cite_spike(spike).description,
            severity="error",
        )
        for spike in spikes
        if spike.template.is_error
    ]
    moments.sort(key=lambda moment: (moment.timestamp, moment.service, moment.description))
    return tuple(moments[-_MAX_MOMENTS:])
