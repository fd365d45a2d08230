"""How findings are told. Names and log text come from outside: they lose their markdown first."""

from collections.abc import Iterable

from missions.diagnosis import Candidate, Citation, Moment
from missions.evidence import Change, LogLine
from missions.plain import plain
from missions.quantity import quantity
from rca.causes import is_deployment
from rca.line_counts import LOGS
from rca.reference import Shift
from rca.roles import SeriesRole
from rca.tables import Table, moment, seconds
from rca.templates import Surge
from rca.unfolding import visible

_MOMENTS = 50
_WORTH_A_NUMBER = 0.01


def quoted(shift: Shift) -> Citation:
    """A series with its levels in normal operation and now."""
    track = shift.track
    levels = f"{quantity(shift.before, plain(track.unit))}, now {quantity(shift.after, plain(track.unit))}"
    labels = "".join(f" {plain(value)}" for _, value in track.labels if value != track.service)
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


def story(candidates: Iterable[Candidate], missing: tuple[str, ...], headline: str) -> str:
    """The summary in markdown: every claim with the ids of its evidence."""
    lines = [headline]
    for place, one in enumerate(candidates, 1):
        ids = ", ".join(f"`{plain(citation.id)}`" for citation in one.evidence)
        sure = f"{one.confidence:.0%}" if one.confidence >= _WORTH_A_NUMBER else "below 1%"
        lines.append(f"{place}. **{plain(one.service)}** ({sure}): {one.explanation} Evidence: {ids}")
    if missing:
        lines.append("Missing: " + "; ".join(missing) + ".")
    return "\n\n".join(lines)


def timeline(
    table: Table, onset: float | None, shifts: Iterable[Shift], surges: Iterable[Surge]
) -> tuple[Moment, ...]:
    """Changes, when each of the shifts could be seen, new kinds of error, and first errors, in order."""
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
            timestamp=moment(visible(one, onset)),
            service=one.track.service,
            type="anomaly",
            description=quoted(one).description,
            severity="critical" if one.track.role is SeriesRole.ERRORS else "warning",
        )
        for one in shifts
    ]
    moments += [
        Moment(
            timestamp=moment(one.at),
            service=one.kind.service,
            type="log",
            description=cite_surge(one).description,
            severity="error",
        )
        for one in surges
        if one.kind.bad
    ]
    return tuple(sorted(moments, key=lambda one: (one.timestamp, one.service, one.description))[-_MOMENTS:])


def first_errors(table: Table, since: float) -> tuple[LogLine, ...]:
    """Each service's first line of level error or worse since a time, epoch seconds."""
    first: dict[str, LogLine] = {}
    for line in table.logs:
        if seconds(line.at) >= since and line.level.lower() in {"error", "critical", "fatal"}:
            first.setdefault(line.service, line)
    return tuple(first.values())
