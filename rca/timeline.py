"""The timeline of an incident: changes, series that became worse, and new errors in the logs."""

from collections.abc import Iterable

import numpy as np

from missions.diagnosis import Moment
from missions.plain import plain
from rca.causes import is_deployment
from rca.citations import cite_change, cite_series, cite_spike
from rca.deviations import Deviation
from rca.log_templates import LogSpike
from rca.roles import SeriesRole
from rca.telemetry import Telemetry
from rca.times import epoch_seconds, utc

_MAX_MOMENTS = 50
_MAX_LEAD = 16  # samples before the onset at which a series may already be worse
_MIN_LASTING = 3  # samples of which most must be worse


def timeline(
    telemetry: Telemetry,
    onset: float | None,
    deviations: Iterable[Deviation],
    spikes: Iterable[LogSpike],
) -> tuple[Moment, ...]:
    """The newest moments in order of time; `onset` in epoch seconds."""
    moments = [
        Moment(
            timestamp=utc(epoch_seconds(change.at)),
            service=change.service,
            type="deployment" if is_deployment(change) else plain(change.kind),
            description=plain(change.description) or cite_change(change).description,
            severity="info",
        )
        for change in telemetry.changes
    ]
    moments += [
        Moment(
            timestamp=utc(_worse_since(deviation, onset)),
            service=deviation.series.service,
            type="anomaly",
            description=cite_series(deviation).description,
            severity="critical" if deviation.series.role is SeriesRole.ERRORS else "warning",
        )
        for deviation in deviations
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


def _worse_since(deviation: Deviation, onset: float | None) -> float:
    """Epoch seconds from which the series is more than half way to its current level; else the onset."""
    series = deviation.series
    start = 0 if onset is None else max(0, int(np.searchsorted(series.times, onset)) - _MAX_LEAD)
    worse = (series.oriented[start:] - series.sign * deviation.before) > 0.5 * deviation.rise
    if worse.size >= _MIN_LASTING:
        windows = np.lib.stride_tricks.sliding_window_view(worse, _MIN_LASTING)
        lasting = np.flatnonzero(worse[: windows.shape[0]] & (windows.sum(axis=1) > _MIN_LASTING // 2))
        if lasting.size:
            return float(series.times[start + int(lasting[0])])
    return float(series.times[0]) if onset is None else onset
