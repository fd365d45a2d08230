"""How many requests each service handles now: how many an action would affect."""

import numpy as np

from missions.evidence import Evidence
from rca.signals import Signal
from rca.telemetry import telemetry_of

_LATEST_SAMPLES = 10


def traffic(evidence: tuple[Evidence, ...]) -> dict[str, float]:
    """Requests per second by service: the latest samples' medians, summed over the service's series."""
    rates: dict[str, float] = {}
    for series in telemetry_of(evidence).series:
        if series.signal is Signal.TRAFFIC and series.size:
            rate = float(np.median(series.values[-_LATEST_SAMPLES:]))
            rates[series.service] = rates.get(series.service, 0.0) + rate
    return {service: round(rate, 2) for service, rate in sorted(rates.items())}
