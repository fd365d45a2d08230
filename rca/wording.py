"""How findings are told. Names and log text come from outside: they lose their markdown first."""

from collections.abc import Iterable

from missions.diagnosis import Candidate, Citation, Moment
from missions.evidence import Change, LogLine
from missions.plain import plain
from missions.quantity import quantity
from rca.attribution import Suspect
from rca.incidents import Reason, is_deployment
from rca.line_counts import LOGS
from rca.reference import Shift
from rca.roles import Role
from rca.scores import Anomaly
from rca.tables import Table, moment, seconds
from rca.templates import Surge

_MOMENTS = 50
_KINDS = {
    "bad_deployment": "a bad deployment",
    "resource_exhaustion": "memory that runs out",
    "saturation": "something that is full: who needs it waits",
    "dependency_failure": "a slow dependency outside the services that were seen",
    "error_spike": "errors of its own; the evidence does not say why",
    "latency_degradation": "slowness of its own; the evidence does not say why",
    "resource_pressure": "growing use of resources; the evidence does not say why",
}


_ADVICE = {
    "dependency_failure": "No action of the catalog helps: contact the provider, or do without it.",
}


def cite(anomaly: Anomaly) -> Citation:
    """The series that rose, with its levels before and after."""
    track = anomaly.track
    before, after = track.sign * anomaly.before, track.sign * anomaly.after
    levels = f"{quantity(before, plain(track.unit))} to {quantity(after, plain(track.unit))}"
    moved = "rose" if after >= before else "fell"
    since = moment(anomaly.onset).strftime("%H:%M:%SZ")
    return Citation(
        id=track.id,
        description=f"{plain(track.service)} {plain(track.metric)} {moved} from {levels} at {since}",
        before=before,
        after=after,
        unit=track.unit,
    )


def quoted(shift: Shift) -> Citation:
    """A series with its levels in normal operation and now."""
    track = shift.track
    levels = f"{quantity(shift.before, plain(track.unit))}, now {quantity(shift.after, plain(track.unit))}"
    labels = "".join(f" {plain(value)}" for _, value in track.labels)
    seen = not track.metric.startswith(LOGS)  # a count of lines is on no panel that could be looked at again
    return Citation(
        id=track.id,
        description=f"{plain(track.service)} {plain(track.metric)}{labels}: usually {levels}",
        before=shift.before if seen else None,
        after=shift.after if seen else None,
        unit=track.unit,
    )


def cite_change(change: Change) -> Citation:
    """The deployment that came before."""
    at = moment(seconds(change.at)).strftime("%H:%M:%SZ")
    version = f" of {plain(change.version)}" if change.version else ""
    return Citation(
        id=change.id, description=f"{plain(change.kind)}{version} to {plain(change.service)} at {at}"
    )


def cite_log(line: LogLine) -> Citation:
    """A log line, quoted as data."""
    return Citation(
        id=line.id, description=f"{plain(line.service)} logged {plain(line.level)}: {plain(line.message)}"
    )


def cite_surge(surge: Surge) -> Citation:
    """A kind of log line that is new or far more frequent, by its first line, quoted as data."""
    kind = surge.kind
    told = (
        "new"
        if surge.before == 0
        else f"{quantity(surge.before, '/s')} before, {quantity(surge.after, '/s')}"
    )
    return Citation(
        id=kind.id,
        description=f"{plain(kind.service)} logs ({told}) {plain(kind.level)}: {plain(kind.first)}",
    )


def explain(suspect: Suspect, reason: Reason) -> str:
    """One candidate in a few sentences."""
    parts = [f"{plain(suspect.service)} shows {_KINDS[reason.incident_type]}."]
    parts += [f"{cite(one).description}." for one in reason.anomalies[:3]]
    if reason.change is not None:
        parts.append(f"Shortly before: {cite_change(reason.change).description}.")
    if reason.incident_type in _ADVICE and not suspect.blamed_on:
        parts.append(_ADVICE[reason.incident_type])
    if suspect.victims:
        parts.append(f"Waiting for it: {', '.join(map(plain, sorted(suspect.victims)))}.")
    if suspect.blamed_on:
        parts.append(
            f"What is felt of it is explained by {', '.join(map(plain, sorted(suspect.blamed_on)))}."
        )
    return " ".join(parts)


def story(candidates: Iterable[Candidate], missing: tuple[str, ...], headline: str) -> str:
    """The summary in markdown: every claim with the ids of its evidence."""
    lines = [headline]
    for place, one in enumerate(candidates, 1):
        ids = ", ".join(f"`{plain(citation.id)}`" for citation in one.evidence)
        lines.append(
            f"{place}. **{plain(one.service)}** ({one.confidence:.0%}): {one.explanation} Evidence: {ids}"
        )
    if missing:
        lines.append("Missing: " + "; ".join(missing) + ".")
    return "\n\n".join(lines)


def timeline(table: Table, anomalies: tuple[Anomaly, ...]) -> tuple[Moment, ...]:
    """Changes, onsets and each service's first logged error since the first onset, in order."""
    moments = [
        Moment(
            timestamp=moment(seconds(change.at)),
            service=change.service,
            type="deployment" if is_deployment(change) else plain(change.kind),
            description=plain(change.description) or cite_change(change).description,
            severity="info",
        )
        for change in table.changes
    ]
    moments += [
        Moment(
            timestamp=moment(one.onset),
            service=one.track.service,
            type="anomaly",
            description=cite(one).description,
            severity="critical" if one.track.role is Role.ERRORS else "warning",
        )
        for one in anomalies
    ]
    moments += [
        Moment(
            timestamp=moment(seconds(line.at)),
            service=line.service,
            type="log",
            description=cite_log(line).description,
            severity="error",
        )
        for line in first_errors(table, min((one.onset for one in anomalies), default=float("inf")))
    ]
    return tuple(sorted(moments, key=lambda one: one.timestamp)[-_MOMENTS:])


def first_errors(table: Table, since: float) -> tuple[LogLine, ...]:
    """Each service's first line of level error or worse since a time, epoch seconds."""
    first: dict[str, LogLine] = {}
    for line in table.logs:
        if seconds(line.at) >= since and line.level.lower() in {"error", "critical", "fatal"}:
            first.setdefault(line.service, line)
    return tuple(first.values())
