"""Whether one symptom is over, from few samples after the action.

Sign tests: they assume no distribution, and five samples are enough. Stated error rate of each decision about
one measurement: a median at the limit is called normal, or bad, with a probability of at most 1 in 32. The
samples of one range window overlap and are not independent, so a sample counts only with a thirtieth of the
range between it and the one before; `make bench NAME=verification` measures what that leaves.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from missions.proof import NEEDED_SAMPLES, SHORTEST_PROOF_S
from missions.verification import Recovery
from rca.series import Floats
from rca.verification_levels import level
from rca.verification_measurements import Measurement
from rca.verification_plan import proof_of
from rca.verification_symptoms import IncidentSymptom

_ERROR_RATE = 1 / 2**NEEDED_SAMPLES
_FALLEN = 0.8  # share of an earlier rise above normal up to which a level counts as falling
_FEWEST_BAD = 2  # bad samples at the end that speak against a recovery: the fault may be back
_DROPPED = 1 / 2  # share of the samples that is no longer looked at once there are enough


@dataclass(frozen=True)
class SymptomDecision:
    """What the samples after the action say about one symptom. `reason` is "" for a recovery.

    `samples` of `needed` count; `level` is their level, and `low` to `high` the range of the counted ones,
    oriented as the symptom. `chance` is the probability of so many samples within the limit at even odds.
    """

    symptom: IncidentSymptom
    recovery: Recovery
    reason: str = ""
    samples: int = 0
    level: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    chance: float | None = None


def decide(
    symptom: IncidentSymptom, after: Measurement | None, ended: float, now: float, *, idle: bool
) -> SymptomDecision:
    """The decision about one symptom.

    `after` is the same measurement after the action, which had ended at `ended`; both times are epoch
    seconds. `idle`: the service has no requests, so that fewer errors prove nothing.
    """
    unknown = SymptomDecision(symptom, Recovery.UNKNOWN)
    if idle:
        return replace(unknown, reason="no traffic")
    if after is None or not np.any(after.times > ended):
        return replace(unknown, reason="not seen since the action")
    proof = proof_of(replace(after, step=max(after.step, symptom.measurement.step)))
    settled = after.times >= ended + proof.settles_after
    values = _spaced(after.times[settled], symptom.sign * after.values[settled], proof.spacing)
    if values.size < NEEDED_SAMPLES:
        return replace(
            unknown,
            reason=f"{values.size} of {NEEDED_SAMPLES} samples",
            samples=int(values.size),
            level=level(values, symptom.measurement.role),
        )
    decided = replace(_by_signs(symptom, values, proof.spacing), samples=int(values.size))
    early = now < ended + proof.seconds
    if early and decided.recovery is Recovery.NOT_RECOVERED:
        return replace(decided, recovery=Recovery.UNKNOWN, reason="still bad, but it is too early to say")
    return decided


def _by_signs(symptom: IncidentSymptom, values: Floats, spacing: float) -> SymptomDecision:
    levels = symptom.levels
    latest = values[-max(NEEDED_SAMPLES, int(np.ceil(_DROPPED * values.size))) :]
    now = level(latest, symptom.measurement.role)
    good, bad = latest <= levels.good, latest > levels.bad
    chance = tail(int(good.sum()), latest.size)
    decision = SymptomDecision(
        symptom,
        Recovery.UNKNOWN,
        level=now,
        low=float(latest.min()),
        high=float(latest.max()),
        chance=chance,
    )
    if chance <= _ERROR_RATE and now <= levels.good and not bad[-_count_back(spacing) :].all():
        return replace(decision, recovery=Recovery.RECOVERED)
    if tail(int(bad.sum()), latest.size) <= _ERROR_RATE and now > levels.bad:
        if tail(int((values > levels.bad).sum()), values.size) > _ERROR_RATE:
            return replace(decision, reason="was better, and is bad again")  # the action did help at first
        if _is_falling(symptom, values):
            return replace(decision, reason="still above normal, and falling")
        return replace(decision, recovery=Recovery.NOT_RECOVERED, reason="still bad")
    return replace(decision, reason="between normal and bad")


def _count_back(spacing: float) -> int:
    """How many samples at the end say that the fault is back: one slow request may show in several."""
    within = math.ceil(SHORTEST_PROOF_S / spacing) if spacing > 0 else NEEDED_SAMPLES
    return min(max(within, _FEWEST_BAD), NEEDED_SAMPLES)


def tail(successes: int, size: int) -> float:
    """The probability of at least so many successes of `size` at even odds."""
    return float(sum(math.comb(size, count) for count in range(successes, size + 1)) / 2.0**size)


def _is_falling(symptom: IncidentSymptom, values: Floats) -> bool:
    """Whether the level goes on falling towards normal: an average over past requests needs time."""
    part = max(2, values.size // 3)
    first, last = (level(some, symptom.measurement.role) for some in (values[:part], values[-part:]))
    normal = symptom.levels.normal
    return last - normal < _FALLEN * (first - normal)


def _spaced(times: Floats, values: Floats, spacing: float) -> Floats:
    """The values of samples that are at least `spacing` seconds apart, counted from the newest one."""
    kept: list[int] = []
    for place in range(times.size - 1, -1, -1):
        if not kept or times[kept[-1]] - times[place] >= 0.9 * spacing:
            kept.append(place)
    return values[kept[::-1]]
