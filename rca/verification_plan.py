"""How long the proof of a recovery takes, from what the pages deliver."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rca.verification_measurements import Measurement

NEEDED_SAMPLES = 5
"""Samples that decide about one measurement: that all five are on one side of a limit by chance, while the
level is on the other, has a probability of 1 in 32."""

SHORTEST_PROOF_S = 15.0
"""Seconds that are watched after any action. What shows later, such as a crash loop, is the later look's."""

LONGEST_PROOF_S = 1800.0
"""Seconds after which a mission stops waiting for a proof, whatever the pages' windows are."""

_DISTINCT = 1 / 30  # share of a range by which two samples must differ to be two observations


@dataclass(frozen=True)
class Proof:
    """When a measurement can prove something, in seconds after the action ended.

    `settles_after`: from then on a sample covers no moment before the end of the action, and the system had
    one step to be measured. `spacing`: the distance of two samples that count as two.
    """

    settles_after: float
    spacing: float

    @property
    def seconds(self) -> float:
        """Seconds until the samples that are needed exist, at most LONGEST_PROOF_S."""
        needed = self.settles_after + NEEDED_SAMPLES * self.spacing
        return min(max(needed, SHORTEST_PROOF_S), LONGEST_PROOF_S)


def proof_of(measurement: Measurement) -> Proof:
    """The proof that one measurement can give."""
    step = measurement.step
    steps = math.ceil(measurement.range_seconds * _DISTINCT / step) if step > 0 else 1
    spacing = step * max(steps, 1)
    return Proof(settles_after=measurement.range_seconds + measurement.step, spacing=spacing)


def longest(measurements: Iterable[Measurement]) -> Proof:
    """The proof that takes longest: all measurements that showed the incident must be well again."""
    proofs = [proof_of(measurement) for measurement in measurements]
    return max(proofs, key=lambda proof: proof.seconds, default=Proof(0.0, 0.0))
