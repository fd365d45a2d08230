"""Verification of actions on recorded endings: cures and what looks like one, by window, scrape and moment.

The recordings are replayed against their own clock, with the looks that a mission makes: early ones, one when
the proof's time is over, later ones while the result is unknown. Exit code 1 where a target is missed: no
false "recovered", at most .03 false "not recovered", no undo of a good fix. A cure after which customers were
badly served, by their own report, is listed as disturbed and not judged.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from bench._verification_cases import VerificationCase, drawn
from lab.recording.archive import recordings_in
from lab.recording.reader import Recording
from lab.recording.split import DEVELOPMENT
from lab.recording.truth import Ending
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.verification import AppliedAction, Recovery, Verification
from rca.verification import compare, plan_proof
from runtime.local_settings import ROOT, VerificationBenchSettings
from runtime.settings import load

RECORDINGS = ROOT / "lab" / "recordings" / DEVELOPMENT
_SEED = 16
_EARLY_S = (20.0, 45.0)
_LATER_S = 30.0
_MOST_FALSE_NOT_RECOVERED = 0.03
_NO_CITATIONS = Diagnosis(verdict=DiagnosisVerdict.FOUND, summary="As recorded.")
"""The engine's diagnosis is not judged here: every symptom on the pages is compared, whatever it cites."""


@dataclass(frozen=True)
class VerifiedCase:
    """A case with the results of its looks in order, and the seconds that the proof takes."""

    case: VerificationCase
    proof_s: float
    looks: tuple[tuple[float, Verification], ...]

    @property
    def last(self) -> Verification:
        """The result with which the mission ends."""
        return self.looks[-1][1]

    @property
    def disturbed(self) -> bool:
        """Whether it is a cure after which customers were badly served until the last look."""
        return self.case.cured and self.case.disturbed(self.looks[-1][0])

    @property
    def wrong(self) -> bool:
        """Whether the result is one of the two that must not occur."""
        if self.case.cured:
            return self.last.recovery is Recovery.NOT_RECOVERED and not self.disturbed
        return self.last.recovery is Recovery.RECOVERED

    @property
    def too_early(self) -> bool:
        """Whether a look before the proof's time said anything but unknown."""
        return any(at < self.proof_s and look.recovery is not Recovery.UNKNOWN for at, look in self.looks)


def main() -> int:
    """Exit code 1 where a target is missed or no recording has an ending of each sort."""
    settings = load(VerificationBenchSettings)
    folders = recordings_in(settings.recordings or RECORDINGS)
    recordings = [Recording(folder) for folder in folders]
    ended = [recording for recording in recordings if recording.truth.moments.action is not None]
    cures = [recording for recording in ended if recording.truth.ending is Ending.CURE]
    others = [recording for recording in ended if recording.truth.ending is not Ending.CURE]
    if not cures or not others:
        print(f"There are {len(cures)} recordings of a cure and {len(others)} of another ending.")
        return 1
    cases = [*drawn(cures, settings.n, _SEED), *drawn(others, settings.n, _SEED + 1)]
    verified = []
    for case in cases:
        verified.append(_verified(case))
        _print_case(verified[-1])
    return _report(verified, len(cures), len(others))


def _verified(case: VerificationCase) -> VerifiedCase:
    before = case.before()
    proof_s = plan_proof(_NO_CITATIONS, before).takes.total_seconds()
    action = AppliedAction(service=case.service, ended_at=case.ended)
    looks: list[tuple[float, Verification]] = []
    watched = (case.end - case.ended).total_seconds()
    moments = [*(at for at in _EARLY_S if at < proof_s), min(proof_s, watched)]
    while moments:
        at = moments.pop(0)
        after = case.after(case.ended + timedelta(seconds=at))
        looks.append((at, compare(_NO_CITATIONS, before, after, action)))
        unknown = looks[-1][1].recovery is Recovery.UNKNOWN
        if not moments and unknown and at < watched:
            moments.append(min(at + _LATER_S, watched))
    return VerifiedCase(case, proof_s, tuple(looks))


def _print_case(verified: VerifiedCase) -> None:
    case, last = verified.case, verified.last
    mark = "!" if verified.wrong else " "
    print(
        f"{mark} {case.recording.truth.ending or '':<13} {case.name:<46} proof {verified.proof_s:>4.0f} s"
        f"  {last.recovery:<20} {last.reason[:150]}"
    )


def _report(verified: list[VerifiedCase], cures: int, others: int) -> int:
    table: dict[str, Counter[Recovery]] = {}
    for item in verified:
        ending = str(item.case.recording.truth.ending)
        if item.disturbed:
            ending = "disturbed"
        table.setdefault(ending, Counter())[item.last.recovery] += 1
    print(f"\nVerification: {len(verified)} cases of {cures} recorded cures and {others} other endings")
    print(f"  {'ending':<14}" + "".join(f"{recovery:>21}" for recovery in Recovery))
    for ending, counts in sorted(table.items()):
        print(f"  {ending:<14}" + "".join(f"{counts[recovery]:>21}" for recovery in Recovery))
    cured = [item for item in verified if item.case.cured and not item.disturbed]
    uncured = [item for item in verified if not item.case.cured]
    bad = (Recovery.NOT_RECOVERED, Recovery.STILL_BAD_ELSEWHERE)
    false_not = sum(item.last.recovery in bad for item in cured)
    if not cured:
        print("After every recorded cure customers were badly served: none can be judged.")
        return 1
    results = {
        "cures": len(cured),
        "disturbed_cures": sum(item.disturbed for item in verified),
        "non_cures": len(uncured),
        "false_recovered": sum(item.last.recovery is Recovery.RECOVERED for item in uncured),
        "false_not_recovered": round(false_not / len(cured), 3),
        "undone_good_fixes": sum(item.last.recovery is Recovery.NOT_RECOVERED for item in cured),
        "cures_recovered": round(sum(i.last.recovery is Recovery.RECOVERED for i in cured) / len(cured), 3),
        "non_cures_told": round(sum(item.last.recovery in bad for item in uncured) / len(uncured), 3),
        "decided_too_early": sum(item.too_early for item in verified),
        "mean_proof_s": round(sum(item.proof_s for item in verified) / len(verified), 1),
    }
    missed = (
        results["false_recovered"] > 0
        or results["false_not_recovered"] > _MOST_FALSE_NOT_RECOVERED
        or results["undone_good_fixes"] > 0
        or results["decided_too_early"] > 0
    )
    print(json.dumps(results | {"targets_missed": missed}))
    return 1 if missed else 0
