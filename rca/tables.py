"""From evidence to arrays: the only place that knows both."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from missions.evidence import Change, Dependency, Evidence, LogLine, Series
from rca.roles import Floor, SeriesRole, capacities_of, falls_when_bad, floor_of, role_of
from rca.templates import LineKind, Miner

Floats = NDArray[np.float64]
_Item = TypeVar("_Item", Series, LogLine, Change)

_LATEST = 4e9  # epoch seconds; times beyond it (year 2096) are garbage and would overflow a datetime
_HUGE = 1e100  # sums and squares of values below it are finite
_MOST = 5000  # samples a track keeps; longer ones become medians of blocks


@dataclass(frozen=True)
class Track:
    """One series as arrays: `times` (epoch seconds, rising) and `values` (finite), both of shape (n,).

    `normal`, shape (m,), are values of normal operation at another time, where they are known, and
    `normal_times` when that was (rising; empty where nobody says). `sign` is -1 where less is worse.
    """

    id: str
    service: str
    metric: str
    unit: str
    labels: tuple[tuple[str, str], ...]
    role: SeriesRole
    floor: Floor
    times: Floats
    values: Floats
    normal: Floats = field(default_factory=lambda: np.array([]))
    normal_times: Floats = field(default_factory=lambda: np.array([]))
    sign: int = 1

    @property
    def bad(self) -> Floats:
        """The values turned so that more is worse."""
        return self.sign * self.values

    @property
    def size(self) -> int:
        """How many samples it has."""
        return int(self.times.size)

    @property
    def whole(self) -> float | None:
        """The value at which all there is is taken; None where the unit does not say it."""
        if self.role is not SeriesRole.SATURATION:
            return None
        return {"ratio": 1.0, "percentunit": 1.0, "%": 100.0, "percent": 100.0}.get(self.unit.lower().strip())


@dataclass(frozen=True)
class Table:
    """Everything the engine looks at, from all pages together.

    `named` are services known by name only, `kinds` are log lines sorted into kinds.
    """

    tracks: tuple[Track, ...]
    logs: tuple[LogLine, ...]
    changes: tuple[Change, ...]
    dependencies: tuple[Dependency, ...]
    named: tuple[str, ...] = ()
    kinds: tuple[LineKind, ...] = ()

    @property
    def end(self) -> float:
        """The newest sample's time, epoch seconds; -inf without samples."""
        return max((float(track.times[-1]) for track in self.tracks if track.size), default=-np.inf)

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that has a series or is part of a call, sorted."""
        called = {name for edge in self.dependencies for name in (edge.caller, edge.callee)}
        return tuple(sorted({track.service for track in self.tracks} | called | set(self.named)))


def tabulate(evidence: tuple[Evidence, ...]) -> Table:
    """One table of all pages; what two pages show (same id, same content) is taken once."""
    series = _once(one for page in evidence for one in page.series)
    logs = _once(line for page in evidence for line in page.logs)
    changes = _once(change for page in evidence for change in page.changes)
    edges = {(edge.caller, edge.callee) for page in evidence for edge in page.dependencies}
    return Table(
        tracks=tuple(
            sorted(_shares([*map(track_of, series)]), key=lambda one: (one.service, one.metric, one.id))
        ),
        logs=tuple(
            sorted((line for line in logs if in_range(line.at)), key=lambda line: (seconds(line.at), line.id))
        ),
        changes=tuple(
            sorted((one for one in changes if in_range(one.at)), key=lambda one: (seconds(one.at), one.id))
        ),
        dependencies=tuple(
            Dependency(caller=caller, callee=callee) for caller, callee in sorted(edges) if caller != callee
        ),
        kinds=_kinds(logs),
    )


def _kinds(logs: Iterable[LogLine]) -> tuple[LineKind, ...]:
    miner = Miner()
    for line in logs:
        if in_range(line.at):
            miner.add(seconds(line.at), line.service, line.level, line.message, line.id)
    return tuple(miner.kinds.values())


def track_of(series: Series) -> Track:
    """Sorts by time, drops gaps and what is not finite, keeps the last of equal times."""
    points = [(time, np.nan if value is None else value) for time, value in series.points]
    times, values = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return track(
        series.id,
        series.service,
        series.metric,
        times,
        values,
        series.unit,
        tuple(sorted(series.labels.items())),
    )


def track(
    name: str,
    service: str,
    metric: str,
    times: Floats,
    values: Floats,
    unit: str = "",
    labels: tuple[tuple[str, str], ...] = (),
    normal: Floats | None = None,
    normal_times: Floats | None = None,
) -> Track:
    """A track of shape-(n,) times (epoch seconds, any order) and values (NaN for gaps), and (m,) normal ones.

    What is not finite is dropped, of equal times the last one stays, long tracks become medians of blocks.
    """
    times, values = _cleaned(times, values)
    if times.size > _MOST:
        blocks = np.array_split(np.arange(times.size), _MOST)
        times = np.array([times[block[0]] for block in blocks])
        values = np.array([np.median(values[block]) for block in blocks])
    usual, when = np.array([]) if normal is None else normal[np.isfinite(normal)], np.array([])
    if normal is not None and normal_times is not None:
        when, usual = _cleaned(normal_times, normal)
    role = role_of(metric)
    return Track(
        id=name,
        service=service,
        metric=metric,
        unit=unit,
        labels=labels,
        role=role,
        floor=floor_of(role, metric, unit),
        times=times,
        values=values,
        normal=usual[np.abs(usual) < _HUGE],
        normal_times=when,
        sign=-1 if role is SeriesRole.ERRORS and falls_when_bad(metric) else 1,
    )


def _cleaned(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    good = np.isfinite(times) & np.isfinite(values)
    good &= (np.abs(np.where(good, values, 0)) < _HUGE) & (np.where(good, times, -1) >= 0)
    good &= np.where(good, times, 0) <= _LATEST
    times, values = times[good], values[good]
    # The last of equal times: unique keeps the first, so it is asked from behind.
    times, places = np.unique(times[::-1], return_index=True)
    return times, values[::-1][places]


def seconds(at: datetime) -> float:
    """Epoch seconds; a time without a zone is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def moment(time: float) -> datetime:
    """The UTC time of epoch seconds within range."""
    return datetime.fromtimestamp(time, UTC)


def in_range(at: datetime) -> bool:
    """Whether a time can be compared with samples."""
    return 0 <= seconds(at) <= _LATEST


def _shares(tracks: list[Track]) -> Iterable[Track]:
    """The tracks; what is in use of something whose size is known as well becomes a share of it, 0..1."""
    sizes = {(one.service, one.metric): one for one in tracks if one.size}
    for track in tracks:
        names = capacities_of(track.metric) if track.role is SeriesRole.SATURATION else ()
        size = next((found for name in names if (found := sizes.get((track.service, name)))), None)
        yield track if size is None or not track.size else _share(track, size)


def _share(track: Track, size: Track) -> Track:
    newest = np.maximum(np.searchsorted(size.times, track.times, side="right") - 1, 0)
    there = size.values[newest]
    known = there > 0
    return replace(
        track,
        unit="ratio",
        floor=floor_of(track.role, track.metric, "ratio"),
        times=track.times[known],
        values=track.values[known] / there[known],
    )


def _once(items: Iterable[_Item]) -> list[_Item]:
    """Items without repetitions; two items with one id and different content stay two."""
    return list({item.model_dump_json(): item for item in items}.values())
