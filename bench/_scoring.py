"""How often rankings are right, and how well stated confidences match that."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from missions.diagnosis import Diagnosis

_BINS = 10


@dataclass
class ScoreTally:
    """Hits by method, and the engine's confidences with whether each one was right."""

    first: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    third: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def add_ranking(self, method: str, names: Sequence[str], cause: str) -> None:
        """Counts a ranking of services."""
        self.first[method].append(float(names[:1] == [cause]))
        self.third[method].append(float(cause in names[:3]))

    def add_chance(self, method: str, services: int) -> None:
        """Counts the expected hits of a guess among this many services."""
        self.first[method].append(1 / services)
        self.third[method].append(min(1.0, 3 / services))

    def add_diagnosis(self, method: str, diagnosis: Diagnosis, cause: str) -> None:
        """Counts a diagnosis of the engine, whether it claims a cause or not."""
        candidates = diagnosis.root_cause_candidates
        self.add_ranking(method, [candidate.service for candidate in candidates], cause)
        if candidates:
            self.confidences.append((candidates[0].confidence, candidates[0].service == cause))

    def rates(self, method: str) -> dict[str, float]:
        """Top-1 and top-3 of a method."""
        return {"top1": share(self.first[method]), "top3": share(self.third[method])}

    def methods(self) -> dict[str, dict[str, float]]:
        """Top-1 and top-3 of all methods."""
        return {method: self.rates(method) for method in self.first}

    def calibration_error(self) -> float:
        """Expected calibration error over ten bins of confidence."""
        stated = np.array([confidence for confidence, _ in self.confidences])
        right = np.array([hit for _, hit in self.confidences], dtype=float)
        return calibration_error(stated, right)


def calibration_error(stated: np.ndarray, right: np.ndarray) -> float:
    """The mean distance of stated confidences, shape (n,), from the share that was right, by bins."""
    bins = np.minimum((stated * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(stated[bins == place].mean() - right[bins == place].mean()) * (bins == place).mean()
        for place in np.unique(bins)
    ]
    return round(float(sum(gaps)), 3)


def share(hits: Sequence[float]) -> float:
    """The mean, three digits; 0.0 for none."""
    return round(float(np.mean(hits)), 3) if hits else 0.0
