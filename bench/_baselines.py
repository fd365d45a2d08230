"""What is simple and well known, on the same recordings: each ranks services, the likeliest first."""

from collections.abc import Mapping

import numpy as np

from rca.focus import Focus
from rca.pattern import graph_of
from rca.roles import SeriesRole
from rca.tables import Floats, Table, Track

_UNUSUAL = 3.0


def sides(track: Track, onset: float | None) -> tuple[Floats, Floats]:
    """Normal and present values; without an onset the second half is the present."""
    if track.normal.size:
        return track.normal, track.values
    place = track.size // 2 if onset is None else int(np.searchsorted(track.times, onset))
    return track.values[:place], track.values[place:]


def chance(table: Table) -> float:
    """The share of right answers of who guesses."""
    return 1 / max(1, len(table.services))


def three_sigma(table: Table, onset: float | None) -> list[str]:
    """By the largest deviation from the mean in standard deviations, of any metric."""
    scores: dict[str, float] = {}
    for track in table.tracks:
        normal, now = sides(track, onset)
        if normal.size > 2 and now.size:
            spread = float(normal.std()) or 1e-9 * (1 + abs(float(normal.mean())))
            _keep(scores, track.service, float(np.abs(now - normal.mean()).max()) / spread)
    return _ordered(scores)


def robust_score(table: Table, onset: float | None) -> list[str]:
    """By the largest deviation from the median in interquartile ranges, of any metric."""
    scores: dict[str, float] = {}
    for track in table.tracks:
        normal, now = sides(track, onset)
        if normal.size > 2 and now.size:
            _keep(scores, track.service, _iqr_score(normal, now))
    return _ordered(scores)


def traversal(table: Table, onset: float | None, focus: Focus) -> list[str]:
    """Unusual services without unusual callees, reached from the complaint over unusual ones."""
    wanted = focus.role or SeriesRole.LATENCY
    scores: dict[str, float] = {}
    for track in table.tracks:
        normal, now = sides(track, onset)
        if track.role is wanted and normal.size > 2 and now.size:
            _keep(scores, track.service, _iqr_score(track.sign * normal, track.sign * now, both=False))
    callees = graph_of(table.dependencies).callees
    reached, waiting = {focus.service}, [focus.service]
    for name in waiting:
        for callee in sorted(callees.get(name, frozenset()) - reached):
            if scores.get(callee, 0.0) > _UNUSUAL:
                reached.add(callee)
                waiting.append(callee)
    ends = {
        name: scores.get(name, 0.0)
        for name in reached
        if not any(scores.get(one, 0.0) > _UNUSUAL for one in callees.get(name, frozenset()))
    }
    return _ordered(ends or scores)


def _iqr_score(normal: Floats, now: Floats, *, both: bool = True) -> float:
    low, middle, high = np.quantile(normal, [0.25, 0.5, 0.75])
    spread = float(high - low) or 1e-9 * (1 + abs(float(middle)))
    away = np.abs(now - middle) if both else now - middle
    return float(away.max()) / spread


def _keep(scores: dict[str, float], name: str, score: float) -> None:
    scores[name] = max(scores.get(name, 0.0), score)


def _ordered(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda name: (-scores[name], name))
