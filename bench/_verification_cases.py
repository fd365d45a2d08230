"""Cases for the verification, drawn from recordings by moment, query window and scrape interval."""

import asyncio
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from adapters.dashboards.answers.prometheus import MATRIX, read_query
from adapters.dashboards.answers.series_ids import with_unique_ids
from adapters.dashboards.products.prometheus.dashboard import queries_of
from bench._range_queries import SampleStore, UnsupportedQueryError
from lab.recording.reader import Recording
from lab.recording.truth import Ending
from missions.evidence import Basis, Evidence, Source
from missions.plan import Phase, Target, Window

WINDOWS_S = (30, 45, 60, 90, 120, 180, 300, 600)
SCRAPES_S = (5, 10, 15, 30, 60)
_RECORDED_S = 5.0
_SCRAPES_IN_WINDOW = 4  # with fewer, one failed scrape leaves no rate
_ACTION_S = 5.0
"""Seconds that the lab's operators need for an action."""
_BEFORE = timedelta(minutes=4)
_FAILED, _SLOWER, _SLOW_MS = 0.01, 1.75, 150.0
"""Customers are badly served: share of failed requests, and the mean of the slowest page's p95."""
_RANGE = re.compile(r"\[\d+[smh]\]")


@dataclass(frozen=True)
class VerificationCase:
    """One recording as dashboards with another window and scrape interval would have shown it, seconds."""

    recording: Recording
    window_s: int
    scrape_s: int
    phase: int
    complaint: datetime

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.recording.folder.name} [{self.window_s}s] every {self.scrape_s}s"

    @property
    def cured(self) -> bool:
        """Whether the recorded ending is a cure."""
        return self.recording.truth.ending is Ending.CURE

    @property
    def service(self) -> str:
        """What was acted on."""
        return self.recording.truth.actions[0].service

    @property
    def ended(self) -> datetime:
        """When the action had ended."""
        return action_of(self.recording) + timedelta(seconds=_ACTION_S)

    @property
    def end(self) -> datetime:
        """The recording's end."""
        return self.recording.truth.moments.end

    def disturbed(self, watched_s: float) -> bool:
        """Whether customers were badly served after the cure, too, by the load's own report.

        The machine that recorded may have been busy with other work. Such a cure is not judged: the pages
        rightly do not show the normal time again.
        """
        moments, edge = self.recording.truth.moments, self.recording.truth.edge
        onset = moments.onset or moments.complaint
        normal = [sample for sample in edge if moments.normal <= sample.at < onset]
        first, last = (self.ended + timedelta(seconds=seconds) for seconds in (15, watched_s))
        after = [sample for sample in edge if first < sample.at <= last]
        if not normal or not after:
            return False
        slow, usual = (float(np.mean([s.p95_ms for s in samples])) for samples in (after, normal))
        failed = sum(s.failed * s.requests for s in after) / max(1, sum(s.requests for s in after))
        return failed > _FAILED or slow > max(_SLOWER * usual, _SLOW_MS)

    def before(self) -> tuple[Evidence, ...]:
        """What the mission saw at the complaint."""
        return self._visits(Window(start=self.complaint - _BEFORE, end=self.complaint), Phase.BEFORE)

    def after(self, at: datetime) -> tuple[Evidence, ...]:
        """What a look at this moment sees, back to before the action."""
        start = min(at - _BEFORE, self.ended - timedelta(seconds=30))
        return self._visits(Window(start=start, end=at), Phase.AFTER)

    @cached_property
    def _store(self) -> SampleStore:
        return SampleStore(_samples(self.recording), self.scrape_s, _RECORDED_S, self.phase)

    @cached_property
    def _targets(self) -> tuple[Target, ...]:
        return asyncio.run(self.recording.plan()).targets

    def _visits(self, window: Window, phase: Phase) -> tuple[Evidence, ...]:
        return tuple(self._visit(target, window, phase) for target in self._targets)

    def _visit(self, target: Target, window: Window, phase: Phase) -> Evidence:
        if target.type != "prometheus":
            return self.recording.visit(target, window).model_copy(update={"phase": phase})
        label = target.settings.get("serviceLabel", "service")
        queries = [
            query.model_copy(update={"query": _RANGE.sub(f"[{self.window_s}s]", query.query)})
            for query in queries_of(target)
        ]
        decoded = [read_query(self._answer(query.query, window), query, label, MATRIX) for query in queries]
        series = (line for response in decoded for line in response.series)
        return Evidence(
            target=target.id,
            phase=phase,
            window=window,
            series=with_unique_ids(series, [(query.panel, query.query) for query in queries]),
            source=Source(type=target.type, basis=Basis.RECORDED),
        )

    def _answer(self, query: str, window: Window) -> bytes:
        """The range answer, on a grid with the scrape interval's step that ends with the window."""
        start = max(window.start, self.recording.truth.moments.first).timestamp()
        end = window.end.timestamp()
        grid = np.arange(end, start, -float(self.scrape_s))[::-1]
        try:
            vectors = self._store.evaluate(query, grid)
        except UnsupportedQueryError:
            vectors = {}
        rows = [
            {"metric": dict(labels), "values": points}
            for labels, values in vectors.items()
            if (
                points := [
                    [float(at), repr(float(value))]
                    for at, value in zip(grid, values, strict=True)
                    if np.isfinite(value)
                ]
            )
        ]
        return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": rows}}).encode()


@lru_cache(maxsize=16)
def _samples(recording: Recording) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = recording.samples()["data"]["result"]
    return rows


def action_of(recording: Recording) -> datetime:
    """When the action began. ValueError for a recording without one."""
    action = recording.truth.moments.action
    if action is None:
        raise ValueError(f"{recording.folder.name} has no action")
    return action


def drawn(recordings: Iterable[Recording], count: int, seed: int) -> Iterator[VerificationCase]:
    """So many cases, the recordings in turn. Windows are drawn from those that the recording can prove."""
    generator = random.Random(seed)  # noqa: S311  a seed repeats the cases
    in_turn = list(recordings)
    for place in range(count if in_turn else 0):
        recording = in_turn[place % len(in_turn)]
        moments = recording.truth.moments
        watched = (moments.end - action_of(recording)).total_seconds() - _ACTION_S
        window, scrape = generator.choice(_possible(watched))
        onset = moments.onset or moments.complaint
        earliest = max(onset + timedelta(seconds=45), moments.complaint - timedelta(seconds=20))
        latest = min(action_of(recording), moments.complaint + timedelta(seconds=20))
        moment = earliest + generator.random() * max(latest - earliest, timedelta())
        yield VerificationCase(recording, window, scrape, generator.randrange(12), moment)


def _possible(watched_s: float) -> list[tuple[int, int]]:
    """Pairs of window and scrape interval whose proof ends within this time, seconds."""
    return [
        (window, scrape)
        for window in WINDOWS_S
        for scrape in SCRAPES_S
        if window >= _SCRAPES_IN_WINDOW * scrape or (window, scrape) == (30, 10)
        if window + 2 * scrape + 5 * max(scrape, window / 30) <= watched_s
    ]
