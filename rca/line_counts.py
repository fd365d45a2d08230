"""What: how many errors each service logs, as a track, for where nothing else says that it fails."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from rca.tables import Floats, Track, track
from rca.templates import LineKind

LOGS = "logs_"
_BINS = 240


def counted(kinds: Iterable[LineKind]) -> tuple[Track, ...]:
    """Logged errors by service in equal parts of the time that lines were logged in."""
    everything = [one for one in kinds if one.times]
    if not everything:
        return ()
    start = min(min(one.times) for one in everything)
    end = max(max(one.times) for one in everything)
    bad: defaultdict[str, list[Floats]] = defaultdict(list)
    for one in everything:
        if one.bad and one.service:
            bad[one.service].append(np.frombuffer(one.times, dtype=np.float64))
    if end <= start:
        return ()
    edges = np.linspace(start, end, _BINS + 1)
    made = []
    for service in sorted(bad):
        counts = np.histogram(np.concatenate(bad[service]), edges)[0].astype(np.float64)
        metric = f"{LOGS}error_count"
        unit = f"in {(end - start) / _BINS:.3g} s"
        made.append(track(f"{service}/{metric}", service, metric, edges[:-1], counts, unit))
    return tuple(made)
