"""A candidate with what speaks for it and against it, every claim with the series that shows it."""

from typing import TYPE_CHECKING

import numpy as np

from missions.diagnosis import Candidate, Citation
from missions.plain import plain
from rca.causes import cause_of
from rca.pattern import explains
from rca.reference import Shift
from rca.roles import SYMPTOMS, SeriesRole
from rca.tables import seconds
from rca.templates import Surge
from rca.wording import cite_change, cite_log, cite_surge, first_errors, quoted

if TYPE_CHECKING:
    from rca.examination import Examination

_PLAIN = 4.0  # spreads from which a shift is told
_OWN, _VICTIMS, _LINES = 4, 4, 3
_EXPLAINED = 0.5
_WORTH = 0.05  # confidence from which a summary tells what speaks against it


def account(found: "Examination", name: str, confidence: float) -> Candidate | None:
    """The candidate; None where nothing that was seen can be cited for it."""
    own = _own(found, name)
    lines = tuple(one.kind.first for one in found.surges if one.kind.bad and _speaks(one, name))
    change, began = found.changes.get(name), found.comparison.onset
    since = began - seconds(change.at) - _steps(found) if change is not None and began is not None else 0.0
    cause = cause_of(own, found.strained.get(name), change, lines, since=since)
    victims = _victims(found, name)
    cited = [cite_change(cause.change)] if cause.change is not None else []
    cited += [quoted(one) for one in (*cause.shifts[:_OWN], *victims)]
    if found.comparison.onset is not None:
        cited += [
            cite_log(one) for one in first_errors(found.table, found.comparison.onset) if one.service == name
        ]
    cited += [cite_surge(one) for one in found.surges if _speaks(one, name)][:_LINES]
    if not cited:
        cited = _complaint(found)
    if not cited:
        return None
    told = cause.told
    if not (cause.shifts or cause.change or found.graph.callees):
        told = "nothing unusual itself; nobody says who calls it"
    parts = [f"{plain(name)} shows {told}."]
    parts += [f"{one.description}." for one in cited[:3]]
    parts += [cause.advice] if cause.advice else []
    waiting = sorted({one.track.service for one in victims})
    if waiting:
        parts.append(f"Waiting for it: {', '.join(map(plain, waiting))}.")
    against = tuple(one for one in _against(found, name) if one.id not in {each.id for each in cited})
    if against and confidence >= _WORTH:
        parts.append(f"Against it: {'; '.join(one.description for one in against[:2])}.")
    return Candidate(
        service=name,
        incident_type=cause.incident_type,
        confidence=round(min(confidence, 0.99), 3),
        explanation=" ".join(parts),
        evidence=tuple({one.id: one for one in cited}.values()),
        remediation=cause.remediation,
        speaks_for=tuple({one.id: one for one in cited}.values()),
        speaks_against=against,
    )


def _steps(found: "Examination") -> float:
    """Seconds of two samples: an onset is not known better."""
    steps = [float(np.median(np.diff(one.times))) for one in found.table.tracks if one.size > 1]
    return 2 * min(steps, default=0.0)


def _against(found: "Examination", name: str) -> tuple[Citation, ...]:
    """What this cause leaves unexplained, worst first: others' symptoms, its own that a callee explains.

    And what should be worse if it were the cause, and is not.
    """
    told: list[tuple[float, Citation]] = []
    reaching = found.graph.distances.get(name, {})
    silent = not any(each.z.get(name, 0.0) >= _PLAIN for each in found.kinds)
    for one in found.comparison.shifts:
        service = one.track.service
        if one.track.role not in SYMPTOMS:
            continue
        kind = found.kinds[0 if one.track.role is SeriesRole.LATENCY else 1]
        z = kind.z.get(service, 0.0)
        if service == name:
            callees = found.graph.callees.get(name, frozenset()) - {name}
            below = [
                callee
                for callee in callees
                if kind.z.get(callee, 0.0) >= _PLAIN and explains(callee, name, kind) >= _EXPLAINED
            ]
            if z >= _PLAIN and below:
                words = f"explained by {', '.join(map(plain, sorted(below)))}"
                told.append((z, _worded(one, words)))
            elif silent:
                told.append((0.0, _worded(one, "as well as usual")))
        elif z >= _PLAIN and one.z >= _PLAIN:
            reached = service in reaching or not found.graph.callees
            if not reached or (not silent and explains(name, service, kind) < _EXPLAINED):
                told.append((z, _worded(one, "not explained by it")))
    told.sort(key=lambda one: (-one[0], one[1].id))
    return tuple({one.id: one for _, one in told}.values())[:_OWN]


def _worded(shift: Shift, words: str) -> Citation:
    cited = quoted(shift)
    return cited.model_copy(update={"description": f"{cited.description}, {words}"})


def _speaks(surge: Surge, name: str) -> bool:
    """Whether a kind of log line is told with a candidate: its own, or an error that names it."""
    return surge.kind.service == name or (surge.kind.bad and name in surge.mentions)


def _own(found: "Examination", name: str) -> tuple[Shift, ...]:
    """What is unusual of the service itself, worst first."""
    own = [
        one
        for one in found.comparison.shifts
        if one.track.service == name
        and one.z >= _PLAIN
        and (one.track.role in SYMPTOMS or one.track.role in {SeriesRole.TRAFFIC, SeriesRole.OWN})
    ]
    return tuple(sorted(own, key=lambda one: -one.z))


def _victims(found: "Examination", name: str) -> list[Shift]:
    """What its callers feel as far as it explains that, worst first."""
    reaching = found.graph.distances.get(name, {})
    waiting = {
        victim
        for kind in found.kinds
        for victim, z in kind.z.items()
        if victim != name
        and victim in reaching
        and z >= _PLAIN
        and explains(name, victim, kind) >= _EXPLAINED
    }
    felt = [
        one
        for one in found.comparison.shifts
        if one.track.service in waiting and one.track.role in SYMPTOMS and one.z >= _PLAIN
    ]
    return sorted(felt, key=lambda one: -one.z)[:_VICTIMS]


def _complaint(found: "Examination") -> list[Citation]:
    """What was complained about, for a candidate of which nothing unusual was seen."""
    focus = found.focus
    felt = [one for one in found.comparison.shifts if one.track.role in SYMPTOMS]
    if focus is not None:
        felt = [one for one in felt if one.track.service == focus.service] or felt
    felt.sort(key=lambda one: -one.z)
    return [quoted(one) for one in felt[:1]]
