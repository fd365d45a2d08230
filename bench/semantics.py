"""What series measure: real expressions and metric names with the expected role, unit and statistic.

Two lists are scored apart: our own, and one that somebody labelled who had not read the catalog. SHOW_BLIND=1
also prints the mistakes in the second; once they are used for tuning, the list is not blind any more.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from missions.measurement import MeasuredRole
from runtime.local_settings import ROOT, SemanticsBenchSettings
from runtime.settings import load
from semantics.engine import meaning_of
from semantics.meaning import MeaningBasis, SeriesDescription, SeriesMeaning
from semantics.units import COUNTED

OWN = ROOT / "bench" / "semantics_expressions.jsonl"
BLIND = ROOT / "bench" / "semantics_blind.jsonl"
_TARGET = 0.95
_FAULTY = {"errors", "error_ratio", "latency"}
_WEAK = {MeaningBasis.NAME, MeaningBasis.UNKNOWN}


@dataclass(frozen=True)
class ScoredLine:
    """One line of a list with what the engine says about it."""

    line: Mapping[str, Any]
    meaning: SeriesMeaning

    @property
    def role_right(self) -> bool:
        """Whether the role is the expected one."""
        return self.meaning.role.value == str(self.line["role"])

    @property
    def unit_right(self) -> bool | None:
        """Whether the unit is the expected one; None if none is expected."""
        expected = self.line["unit_expected"]
        return None if not expected else _comparable(self.meaning.unit) == _comparable(expected)

    @property
    def statistic_right(self) -> bool | None:
        """Whether the statistic is the expected one; None if none is expected."""
        expected = self.line["statistic"]
        return None if not expected else self.meaning.statistic == expected

    @property
    def right(self) -> bool:
        """Whether everything that is expected is right."""
        return self.role_right and self.unit_right is not False and self.statistic_right is not False

    @property
    def confused(self) -> bool:
        """Whether errors or latencies are taken for traffic or the reverse, with a basis above the name."""
        answer, expected = self.meaning.role.value, self.line["role"]
        traffic = MeasuredRole.TRAFFIC.value
        wrong = (answer == traffic and expected in _FAULTY) or (expected == traffic and answer in _FAULTY)
        return wrong and self.meaning.role_basis not in _WEAK

    def __str__(self) -> str:
        text = self.line["expression"] or self.line["metric"] or self.line["title"]
        expected = [self.line["role"], self.line["unit_expected"], self.line["statistic"]]
        answer = [self.meaning.role.value, self.meaning.unit, self.meaning.statistic]
        return f"  {'/'.join(expected)} <- {'/'.join(answer)} by {self.meaning.role_basis.value}: {text}"


def main() -> int:
    """Exit code 1 below the target on our own list, or where errors and traffic are confused in any list."""
    settings = load(SemanticsBenchSettings)
    own, blind = _scored(OWN), _scored(BLIND)
    results = {"own": _score("own", own), "blind": _score("blind", blind)}
    for line in own:
        if not line.right:
            print(line)
    if settings.show_blind:
        print("The blind list was looked at in this run.")
        for line in blind:
            if not line.right:
                print(line)
    print(json.dumps(results))
    confused = sum(line.confused for line in (*own, *blind))
    return 0 if results["own"]["right"] >= _TARGET and not confused else 1


def _scored(path: Path) -> list[ScoredLine]:
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]
    return [ScoredLine(line, meaning_of(_description(line))) for line in lines]


def _description(line: Mapping[str, Any]) -> SeriesDescription:
    return SeriesDescription(
        expression=line["expression"] or "",
        metric=line["metric"] or "",
        labels=line["labels"],
        title=line["title"],
        legend=line["legend"],
        unit=line["unit"],
        product=line["product"],
    )


def _comparable(unit: str) -> str:
    """The unit without what is counted, which the role says: requests/s and messages/s are both count/s."""
    base, slash, time = unit.partition("/")
    return ("count" if base in COUNTED else base) + slash + time


def _score(name: str, lines: Sequence[ScoredLine]) -> dict[str, float]:
    unknown = [line for line in lines if line.line["role"] == "unknown"]
    invented = sum(not line.role_right for line in unknown)
    score = {
        "lines": len(lines),
        "right": _share(line.right for line in lines),
        "role": _share(line.role_right for line in lines),
        "unit": _share(line.unit_right for line in lines),
        "statistic": _share(line.statistic_right for line in lines),
        "confused": sum(line.confused for line in lines),
        "unknown": len(unknown),
        "unknown_invented": invented,
        "known_missed": sum(
            line.meaning.role is MeasuredRole.UNKNOWN and not line.role_right for line in lines
        ),
    }
    print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in score.items()))
    by_basis = Counter((line.meaning.role_basis.value, line.role_right) for line in lines)
    for basis in MeaningBasis:
        right, wrong = by_basis[basis.value, True], by_basis[basis.value, False]
        if right or wrong:
            print(f"  {basis.value:<10} {right:>4} roles right, {wrong} wrong")
    return score


def _share(answers: Iterable[bool | None]) -> float:
    scored = [answer for answer in answers if answer is not None]
    return round(sum(scored) / len(scored), 3) if scored else 1.0
