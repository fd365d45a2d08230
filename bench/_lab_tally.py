"""How often a method is right on recorded incidents of the lab, by set and by family of faults."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from typing import Any

import numpy as np

from bench._scoring import calibration_error, share
from lab.recording.truth import RecordedTruth
from missions.diagnosis import Diagnosis, DiagnosisVerdict

_TOP = 3


@dataclass
class RankingTally:
    """Hits of one method."""

    first: list[float] = field(default_factory=list)
    third: list[float] = field(default_factory=list)

    def add(self, names: Sequence[str], truth: RecordedTruth) -> None:
        """Counts a ranking; any accepted name of the faulty component is right."""
        hits = [name in truth.accepted for name in names[:_TOP]]
        self.first.append(float(hits[:1] == [True]))
        self.third.append(float(any(hits)))

    def add_chance(self, services: Iterable[str], truth: RecordedTruth) -> None:
        """Counts the expected hits of a guess among these services."""
        names = set(services)
        wrong = len(names - truth.accepted)
        self.first.append(1 - wrong / len(names) if names else 0.0)
        drawn = min(_TOP, len(names))
        self.third.append(1 - comb(wrong, drawn) / comb(len(names), drawn) if names else 0.0)

    def figures(self) -> dict[str, float]:
        """Top-1 and top-3."""
        return {"top1": share(self.first), "top3": share(self.third)}


@dataclass
class EngineTally:
    """What the engine says of faults and of healthy systems."""

    ranking: RankingTally = field(default_factory=RankingTally)
    verdicts: Counter[str] = field(default_factory=Counter)
    claims: list[float] = field(default_factory=list)
    types: list[float] = field(default_factory=list)
    stated: list[tuple[float, bool]] = field(default_factory=list)
    healthy: list[float] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)

    def add(self, diagnosis: Diagnosis, truth: RecordedTruth) -> None:
        """Counts the diagnosis of a recording at its complaint."""
        claimed = diagnosis.verdict is DiagnosisVerdict.FOUND
        if truth.healthy:
            self.healthy.append(float(claimed))
            return
        names = [candidate.service for candidate in diagnosis.root_cause_candidates]
        self.ranking.add(names, truth)
        self.verdicts[diagnosis.verdict] += 1
        for candidate in diagnosis.root_cause_candidates[:1]:
            right = candidate.service in truth.accepted
            self.stated.append((candidate.confidence, right))
            if claimed:
                self.claims.append(float(right))
            if claimed and right:
                self.types.append(float(candidate.incident_type in truth.types))

    def add_calm(self, diagnosis: Diagnosis) -> None:
        """Counts the diagnosis of the calm before a fault."""
        self.calm.append(float(diagnosis.verdict is DiagnosisVerdict.FOUND))

    def figures(self) -> dict[str, Any]:
        """All figures; a share of nothing is 0.0, so the numbers of cases are beside it."""
        faults = self.verdicts.total()
        stated = np.array([confidence for confidence, _ in self.stated])
        right = np.array([hit for _, hit in self.stated], dtype=float)
        return {
            "faults": faults,
            **self.ranking.figures(),
            "found": _part(self.verdicts[DiagnosisVerdict.FOUND], faults),
            "claims": len(self.claims),
            "claims_right": share(self.claims),
            "healthy_said": _part(self.verdicts[DiagnosisVerdict.HEALTHY], faults),
            "types_right": share(self.types),
            "ece": calibration_error(stated, right) if self.stated else 0.0,
            "healthy": len(self.healthy),
            "claims_on_healthy": share(self.healthy),
            "calm": len(self.calm),
            "claims_in_calm": share(self.calm),
        }


def _part(count: int, total: int) -> float:
    return round(count / total, 3) if total else 0.0
