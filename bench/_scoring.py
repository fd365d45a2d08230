from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from missions.diagnosis import Diagnosis

_BINS = 10


@dataclass
class ScoreTally:
    """Hits by method, and the engine's confidences beside whether they were right."""

    first: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    third: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, method: str, names: Sequence[str], cause: str) -> None:
        """One ranking."""
        self.first[method].append(float(names[:1] == [cause]))
        self.third[method].append(float(cause in names[:3]))

    def guess(self, method: str, services: int) -> None:
        """What a guess among so many is worth."""
        self.first[method].append(1 / services)
        self.third[method].append(min(1.0, 3 / services))

    def answer(self, method: str, diagnosis: Diagnosis, cause: str) -> None:
        """One answer of the engine, claimed or not."""
        candidates = diagnosis.root_cause_candidates
        self.add(method, [one.service for one in candidates], cause)
        if candidates:
            self.confidences.append((candidates[0].confidence, candidates[0].service == cause))

    def rates(self, method: str) -> dict[str, float]:
        """Top-1 and top-3 of a method."""
        return {"top1": share(self.first[method]), "top3": share(self.third[method])}

    def lines(self) -> list[str]:
        """The table's lines, one a method."""
        return [
            f"  {name:<28} {rates['top1']:>6.3f} {rates['top3']:>6.3f}"
            for name in self.first
            for rates in [self.rates(name)]
        ]

    def calibration_error(self) -> float:
        """Expected calibration error over ten bins of confidence."""
        told = np.array([confidence for confidence, _ in self.confidences])
        right = np.array([hit for _, hit in self.confidences], dtype=float)
        places = np.minimum((told * _BINS).astype(int), _BINS - 1)
        gaps = [
            abs(told[places == place].mean() - right[places == place].mean()) * (places == place).mean()
            for place in range(_BINS)
            if (places == place).any()
        ]
        return round(float(sum(gaps)), 3)


def share(hits: Sequence[float]) -> float:
    """The mean, three digits."""
    return round(float(np.mean(hits)), 3) if hits else 0.0
