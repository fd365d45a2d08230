"""How long the proof of a recovery takes, from what the pages deliver."""

from collections.abc import Iterable

from missions.proof import Proof
from rca.verification_measurements import Measurement


def proof_of(measurement: Measurement) -> Proof:
    """The proof that one measurement can give."""
    return Proof(measurement.range_seconds, measurement.step)


def longest(measurements: Iterable[Measurement]) -> Proof:
    """The proof that takes longest: all measurements that showed the incident must be well again."""
    proofs = [proof_of(measurement) for measurement in measurements]
    return max(proofs, key=lambda proof: proof.seconds, default=Proof(0.0, 0.0))
