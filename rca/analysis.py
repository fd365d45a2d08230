"""The analysis of telemetry: what has changed, for whom, and how likely each service is the origin."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from missions.evidence import Change
from rca.alerts import Alert, AlertSeverity, alerts_of
from rca.bursts import bursts_of
from rca.call_graph import CallGraph, call_graph
from rca.changes import changes_near, stopped_on_purpose
from rca.components import backends
from rca.constants import CONSTANTS
from rca.incident import IncidentStrength, incident_probability, incident_strength
from rca.log_templates import LogSpike, faults, first_new_error, log_spikes
from rca.measured import covering_series, measured_series, within_measured_time
from rca.onset import ACCUMULATING, earlier_onset, onset_of
from rca.ranking import origin_probabilities
from rca.reported_symptom import ReportedSymptom
from rca.representatives import representatives
from rca.series import Floats, TimeSeries
from rca.service_evidence import ServiceEvidence
from rca.service_features import features_of
from rca.shifts import LevelShift, shifts_of
from rca.signals import SYMPTOMS, Signal
from rca.start import since_start
from rca.telemetry import Telemetry
from rca.units import base_factor
from rca.windows import RecordingWindows, split

_LIKELY = 0.1  # probability of an origin whose series are searched for an earlier onset


@dataclass(frozen=True)
class Analysis:
    """Everything that a diagnosis is made of.

    `origins` are probabilities by service, likeliest first, if there is an incident; `incident` is that
    probability. `features` and `contributions` tell why, by service. `changes` are those near the onset.
    """

    telemetry: Telemetry
    reported: ReportedSymptom | None
    recording: RecordingWindows
    graph: CallGraph
    shifts: tuple[LevelShift, ...]
    alerts: tuple[Alert, ...]
    spikes: tuple[LogSpike, ...]
    changes: Mapping[str, Change]
    evidence: ServiceEvidence
    features: Mapping[str, Mapping[str, float]]
    origins: Mapping[str, float]
    strength: IncidentStrength
    incident: float

    def of_service(self, service: str, *signals: Signal) -> list[LevelShift]:
        """The service's shifts of these signals (all by default), strongest first."""
        mine = [
            shift
            for shift in self.shifts
            if shift.series.service == service and (not signals or shift.series.signal in signals)
        ]
        return sorted(mine, key=lambda shift: (-shift.strength, -shift.z, shift.series.id))


def analysis_of(telemetry: Telemetry, reported: ReportedSymptom | None, hint: float | None) -> Analysis:
    """The analysis with the onset of all series, or the earlier one of a likely origin's own resources.

    A `hint` (epoch seconds) says near which moment the incident began.
    """
    telemetry = within_measured_time(since_start(telemetry))
    series = measured_series(telemetry)
    complained = _reported_series(series, reported)
    analysis = _analysis(telemetry, series, reported, _onset(telemetry, series, complained, hint))
    bursts = bursts_of(complained) if hint is None and not _reported_is_clear(analysis) else None
    if bursts is not None:
        return _analysis(telemetry, series, reported, float(bursts[0]), bursts)
    began = analysis.recording.onset
    likely = {name for name, probability in analysis.origins.items() if probability >= _LIKELY}
    own = [
        shift.series
        for shift in analysis.shifts
        if shift.series.service in likely
        and (shift.clear or (shift.series.signal in ACCUMULATING and shift.z >= 1 and shift.size > 0))
    ]
    earlier = earlier_onset(own, began) if own and began is not None else None
    return analysis if earlier is None else _analysis(telemetry, series, reported, earlier)


def _reported_series(series: Iterable[TimeSeries], reported: ReportedSymptom | None) -> list[TimeSeries]:
    """The series of what people complain about."""
    if reported is None:
        return []
    signals = {reported.signal} if reported.signal is not None else SYMPTOMS
    return [each for each in series if each.service == reported.service and each.signal in signals]


def _reported_is_clear(analysis: Analysis) -> bool:
    """Whether what people complain about is bad since the onset."""
    reported = analysis.reported
    return reported is not None and any(
        shift.clear for shift in analysis.of_service(reported.service, *SYMPTOMS)
    )


def _onset(
    telemetry: Telemetry, series: Sequence[TimeSeries], complained: Sequence[TimeSeries], hint: float | None
) -> float | None:
    """When what people complain about began, else when most series turn, else new errors in logs."""
    onset = onset_of(complained, None) if complained and hint is None else None
    onset = onset_of(series, hint) if onset is None else onset
    return first_new_error(telemetry.log_templates) if onset is None else onset


def _analysis(
    telemetry: Telemetry,
    series: Sequence[TimeSeries],
    reported: ReportedSymptom | None,
    onset: float | None,
    bursts: Floats | None = None,
) -> Analysis:
    recording = split(series, onset, telemetry.until, bursts)
    shifts, moments = shifts_of(recording, requests_by_service(series))
    began = onset if onset is not None else (float(moments[0]) if moments.size else None)
    alerts = alerts_of(telemetry.logs, recording.start, recording.end)
    near = [alert for alert in alerts if began is None or alert.at >= began - CONSTANTS.alert_before_s]
    services = _services(telemetry, reported, near)
    spikes = _spikes(telemetry, services, began)
    graph = call_graph(telemetry.dependencies)
    changes = changes_near(
        telemetry.changes,
        onset,
        recording.step,
        telemetry.identities.identities if telemetry.identities is not None else None,
    )
    evidence = ServiceEvidence(
        services=services,
        reported=reported,
        graph=graph,
        shifts=shifts,
        latency=representatives(shifts, Signal.LATENCY),
        errors=representatives(shifts, Signal.ERRORS),
        requests=requests_by_service(series),
        alerts=tuple(near),
        spikes=spikes,
        changes=changes,
        stopped=stopped_on_purpose(telemetry.changes),
        step=recording.step,
        backends=backends(series, services),
    )
    features = features_of(evidence)
    origins = origin_probabilities(features)
    strength = incident_strength(evidence, features, over(recording, moments), brief(recording, moments))
    return Analysis(
        telemetry=telemetry,
        reported=reported,
        recording=recording,
        graph=graph,
        shifts=shifts,
        alerts=alerts,
        spikes=spikes,
        changes=changes,
        evidence=evidence,
        features=features,
        origins=origins,
        strength=strength,
        incident=incident_probability(strength),
    )


def _services(
    telemetry: Telemetry, reported: ReportedSymptom | None, alerts: Iterable[Alert]
) -> tuple[str, ...]:
    """Every service that anything tells of: also one that only an alert or the report names."""
    named = [alert.service for alert in alerts if alert.service and alert.severity > AlertSeverity.INFO]
    named += [reported.service] if reported is not None else []
    return tuple(dict.fromkeys((*telemetry.services, *named)))


def _spikes(telemetry: Telemetry, services: tuple[str, ...], began: float | None) -> tuple[LogSpike, ...]:
    """What logs newly tell of; all that they tell of where there are no measurements."""
    if not covering_series(telemetry):
        return tuple(faults(telemetry.log_templates, services))
    if began is None:
        return ()
    return tuple(log_spikes(telemetry.log_templates, began, services))


def over(recording: RecordingWindows, moments: Floats) -> float:
    """The share of the time since the onset, at its end, in which the symptoms are gone."""
    since = recording.end - recording.began
    if not moments.size or since <= 0:
        return 0.0
    calm = recording.end - float(moments[-1]) - recording.step
    return float(np.clip(calm / since, 0.0, 1.0))


def brief(recording: RecordingWindows, moments: Floats) -> float:
    """The share of the time since the onset in which the symptoms are not at their worst."""
    samples = (recording.end - recording.began) / recording.step + 1
    return float(np.clip(1 - moments.size / samples, 0.0, 1.0)) if moments.size else 0.0


def requests_by_service(all_series: Iterable[TimeSeries]) -> dict[str, float]:
    """Requests per second by service: the series of one query are summed, the highest query counts."""
    totals: defaultdict[tuple[str, str], float] = defaultdict(float)
    for series in all_series:
        if series.signal is Signal.TRAFFIC and series.size:
            rate = max(float(np.median(series.values)), 0.0) * base_factor(series)
            totals[series.service, series.metric] += rate
    rates: dict[str, float] = {}
    for (service, _), rate in totals.items():
        rates[service] = max(rates.get(service, 0.0), rate)
    return rates
