"""The PetShop incidents, if their folder is there. Only the scorer reads an incident's cause."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from adapters.incidents.folder import read_metrics
from adapters.incidents.graphs import read_graph
from adapters.incidents.recorded_series import RecordedSeries, engine_series
from missions.evidence import Dependency
from rca.reported_symptom import ReportedSymptom
from rca.telemetry import Telemetry

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")
"""The dataset's own split of its incidents."""
PUBLISHED = {"top1": 0.692, "top3": 0.769}
"""The best simple method of the dataset's authors (Hardt et al., 2024), on all incidents.

It traverses the graph of anomalies with a median deviation score. Its top-1 and top-3 are .571 and .571 on
the 14 latency incidents and .833 and 1.0 on the 12 availability incidents: (8 + 10) / 26 and (8 + 12) / 26.
"""

_WINDOW = 5  # samples of an incident, and so of a normal window
_FOLDER = Path("shared", "data", "rca", "petshop_low")


@dataclass(frozen=True)
class PetShopWindow:
    """A window's telemetry and reported symptom.

    `cause` is for the scorer, "" for a window of normal operation; so is the `part` of an incident.
    """

    name: str
    telemetry: Telemetry
    reported: ReportedSymptom
    cause: str = ""
    part: Part | None = None


def folder() -> Path | None:
    """The data folder beside the project, or None."""
    parents = Path(__file__).resolve().parents
    return next((parent / _FOLDER for parent in parents if (parent / _FOLDER).is_dir()), None)


def incidents(root: Path) -> Iterator[PetShopWindow]:
    """The incidents of both parts, with all of the normal operation as their baseline."""
    names, calls = read_graph(root / "graph.csv")
    usual = read_metrics(root / "noissue" / "metrics.csv", names)
    for part in PARTS:
        for place in sorted((root / part).glob("issue_*"), key=lambda path: int(path.name[6:])):
            target = json.loads((place / "target.json").read_text())
            yield PetShopWindow(
                f"{part}/{place.name}",
                _telemetry(read_metrics(place / "metrics.csv", names), usual, names, calls),
                ReportedSymptom(target["target"]["node"], target["target"]["metric"]),
                target["root_cause"]["node"],
                part,
            )


def normal_windows(root: Path) -> Iterator[PetShopWindow]:
    """Windows of the second half of normal operation, with the first half as their baseline."""
    names, calls = read_graph(root / "graph.csv")
    usual = read_metrics(root / "noissue" / "metrics.csv", names)
    size = max(series.times.size for series in usual)
    half = size // 2
    baseline = _slice(usual, 0, half)
    for metric in ("latency", "availability"):
        for start in range(half, size - _WINDOW + 1, _WINDOW):
            window = _slice(usual, start, start + _WINDOW)
            yield PetShopWindow(
                f"noissue/{metric}/{start}",
                _telemetry(window, baseline, names, calls),
                ReportedSymptom("PetSite", metric),
            )


def _telemetry(
    recording: list[RecordedSeries],
    baseline: list[RecordedSeries],
    names: tuple[str, ...],
    calls: tuple[Dependency, ...],
) -> Telemetry:
    return Telemetry(engine_series(recording, baseline), (), (), calls, names)


def _slice(recording: list[RecordedSeries], start: int, end: int) -> list[RecordedSeries]:
    return [
        replace(series, times=series.times[start:end], values=series.values[start:end])
        for series in recording
    ]
