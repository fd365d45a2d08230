"""How long the proof of a recovery takes, from what the samples of a measurement cover."""

import math
from dataclasses import dataclass

NEEDED_SAMPLES = 5
"""Samples that decide about one measurement: that all five are on one side of a limit by chance, while the
level is on the other, has a probability of 1 in 32."""

SHORTEST_PROOF_S = 15.0
"""Seconds that are watched after any action. What shows later, such as a crash loop, is the later look's."""

SETTLED_AFTER_S = 25.0
"""Seconds that a target has to settle before anything that is still bad counts against the action: a rollback
replaces one replica after the other."""

LONGEST_PROOF_S = 1800.0
"""Seconds after which a mission stops waiting for a proof, whatever the pages' windows are."""

_DISTINCT = 1 / 30  # share of a range by which two samples must differ to be two observations


@dataclass(frozen=True)
class Proof:
    """When a measurement can prove something, in seconds after the action ended.

    `range_seconds` is how long before its time a sample looks back, `step` the distance of two samples that
    can differ.
    """

    range_seconds: float
    step: float

    @property
    def settles_after(self) -> float:
        """From then on a sample covers no moment before the end of the action, after one step to measure."""
        return self.range_seconds + self.step

    @property
    def spacing(self) -> float:
        """The distance of two samples that count as two."""
        steps = math.ceil(self.range_seconds * _DISTINCT / self.step) if self.step > 0 else 1
        return self.step * max(steps, 1)

    @property
    def complete_after(self) -> float:
        """Seconds until the samples that are needed exist."""
        return self.settles_after + NEEDED_SAMPLES * self.spacing

    @property
    def seconds(self) -> float:
        """Seconds that a mission waits for these samples, at most LONGEST_PROOF_S."""
        return min(max(self.complete_after, SHORTEST_PROOF_S), LONGEST_PROOF_S)
