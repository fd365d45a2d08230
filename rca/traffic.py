"""How busy each service is now: whom an action would hit."""

import numpy as np

from missions.evidence import Evidence
from rca.roles import SeriesRole
from rca.tables import tabulate

_NEWEST = 10  # samples


def traffic(evidence: tuple[Evidence, ...]) -> dict[str, float]:
    """Requests per second of each service whose traffic was seen: the newest samples' median, summed up."""
    now: dict[str, float] = {}
    for track in tabulate(evidence).tracks:
        if track.role is SeriesRole.TRAFFIC and track.size:
            now[track.service] = now.get(track.service, 0.0) + float(np.median(track.values[-_NEWEST:]))
    return {service: round(rate, 2) for service, rate in sorted(now.items())}
