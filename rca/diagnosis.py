"""The engine's answer to what pages showed: found, healthy, or inconclusive with what is missing."""

from dataclasses import replace

import numpy as np

from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.evidence import Evidence
from missions.plain import plain
from rca.examination import examine
from rca.focus import focus_of
from rca.roles import SYMPTOMS
from rca.scores import ENOUGH, elevated_throughout
from rca.tables import Table, Track, seconds, tabulate
from rca.wording import story

_COARSE = 10.0  # seconds between samples from which it is a recording
_MANY = 200  # samples from which it is one
_EARLIER = 60.0  # seconds of samples before a window that make its start a hint
_STALE = 30.0  # seconds without a sample after which a track says nothing of now
_MOST_MISSING = 20


def diagnose(symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
    """Where and why it began. Pure: the same evidence has the same answer. Never raises for odd evidence.

    What a short live window does not show up to its end keeps "healthy" from being said of it.
    """
    table = tabulate(evidence)
    focus, hint = focus_of(symptom, table.services), _hint(table, evidence)
    live = _live(table)
    fresh = tuple(track for track in table.tracks if not live or _fresh(track, table.end))
    seen = replace(table, tracks=fresh, named=table.services)
    found = examine(seen, focus, hint)
    if focus is not None and found.verdict is not DiagnosisVerdict.FOUND:
        # A sentence may name a service that is well: people tell what they wanted, not what broke.
        everywhere = examine(seen, None, hint)
        found = everywhere if everywhere.verdict is DiagnosisVerdict.FOUND else found
    if live:
        found = _doubted(found, table, fresh)
    complaint = plain(symptom) if symptom.strip() else found.primary_symptom
    return found.model_copy(update={"primary_symptom": complaint})


def missing_evidence(table: Table, fresh: tuple[Track, ...]) -> tuple[str, ...]:
    """What a healthy verdict would need and does not have: both symptoms of every service, up to now."""
    if not table.tracks:
        return ("no metrics were seen",)
    missing = []
    watched = {track.service for track in table.tracks if track.role in SYMPTOMS}
    if not watched:
        missing.append("no latency or error metrics were seen")
    for service in table.services:
        for role in sorted(SYMPTOMS):
            known = [one for one in table.tracks if one.service == service and one.role is role]
            usable = [one for one in known if one in fresh and one.size >= ENOUGH]
            if known and not usable:
                best = max(one.size for one in known)
                missing.append(f"{plain(service)}: too few recent samples of {role} ({best})")
            elif not known:
                missing.append(f"{plain(service)}: no {role} metric")
    return tuple(missing[:_MOST_MISSING])


def _doubted(found: Diagnosis, table: Table, fresh: tuple[Track, ...]) -> Diagnosis:
    """The same answer, unless it says healthy, or nothing, of what was not seen."""
    if found.verdict is DiagnosisVerdict.FOUND or (
        found.verdict is DiagnosisVerdict.INCONCLUSIVE and found.onset is not None
    ):
        return found
    old = sorted({plain(track.service) for track in fresh if elevated_throughout(track)})
    missing = missing_evidence(table, fresh)
    if old:
        names = ", ".join(old)
        missing = (*missing, f"the time before the incident: {names} failed during the whole window")
        headline = f"Errors of {names} are older than what was looked at."
    elif missing:
        headline = "Nothing unusual was seen, but not enough was seen."
    else:
        return found
    missing = tuple(dict.fromkeys((*found.missing_evidence, *missing)))
    return found.model_copy(
        update={
            "verdict": DiagnosisVerdict.INCONCLUSIVE,
            "summary": story((), missing, headline),
            "missing_evidence": missing,
            "root_cause_candidates": (),
        }
    )


def _live(table: Table) -> bool:
    """Whether it is no recording: few samples, close together."""
    steps = [float(np.median(np.diff(one.times))) for one in table.tracks if one.size > 1]
    if not steps:
        return True
    size = float(np.median([one.size for one in table.tracks if one.size > 1]))
    return float(np.median(steps)) < _COARSE and size < _MANY


def _hint(table: Table, evidence: tuple[Evidence, ...]) -> float | None:
    """The window's start, where the samples begin clearly earlier: somebody says when it began."""
    start = min((seconds(page.window.start) for page in evidence), default=0.0)
    first = min((float(one.times[0]) for one in table.tracks if one.size), default=start)
    return start if first + _EARLIER < start < table.end else None


def _fresh(track: Track, end: float) -> bool:
    return track.size > 0 and float(track.times[-1]) >= end - _STALE
