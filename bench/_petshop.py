"""The PetShop incidents, where their folder is there. The scorer alone reads what caused one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.incidents.folder import read_graph, tracks_of
from adapters.incidents.metrics_csv import Column, MetricsRecording, read_metrics
from missions.evidence import Dependency
from rca.focus import Focus
from rca.tables import Table

_WINDOW = 5  # samples of an incident, and so of a normal window
_PLACE = Path("shared", "data", "rca", "petshop_low")


@dataclass(frozen=True)
class Scored:
    """A table with what was complained about; `cause` is for the scorer, "" where nothing was wrong."""

    name: str
    table: Table
    focus: Focus
    cause: str


def folder() -> Path | None:
    """The data folder beside the project, or None."""
    parents = Path(__file__).resolve().parents
    return next((one / _PLACE for one in parents if (one / _PLACE).is_dir()), None)


def incidents(root: Path) -> Iterator[Scored]:
    """All incidents, against the whole of normal operation."""
    names, calls = read_graph(root / "graph.csv")
    usual = read_metrics(root / "noissue" / "metrics.csv", names)
    for place in sorted(root.glob("t*/issue_*"), key=lambda one: (one.parent.name, int(one.name[6:]))):
        target = json.loads((place / "target.json").read_text())
        yield Scored(
            f"{place.parent.name}/{place.name}",
            _table(read_metrics(place / "metrics.csv", names), usual, names, calls),
            Focus(target["target"]["node"], target["target"]["metric"]),
            target["root_cause"]["node"],
        )


def normal_windows(root: Path) -> Iterator[Scored]:
    """Windows of the second half of normal operation, of which the engine knows only the first."""
    names, calls = read_graph(root / "graph.csv")
    usual = read_metrics(root / "noissue" / "metrics.csv", names)
    half = usual.times.size // 2
    known = _part(usual, 0, half)
    for metric in ("latency", "availability"):
        for start in range(half, usual.times.size - _WINDOW + 1, _WINDOW):
            window = _part(usual, start, start + _WINDOW)
            yield Scored(
                f"noissue/{metric}/{start}", _table(window, known, names, calls), Focus("PetSite", metric), ""
            )


def _table(
    recording: MetricsRecording,
    usual: MetricsRecording,
    names: tuple[str, ...],
    calls: tuple[Dependency, ...],
) -> Table:
    return Table(tracks_of(recording, usual), (), (), calls, names)


def _part(whole: MetricsRecording, start: int, end: int) -> MetricsRecording:
    columns = tuple(Column(*one.key, one.values[start:end]) for one in whole.columns)
    return MetricsRecording(whole.times[start:end], columns)
