"""Records one incident: what is broken and when, what is done, and what the system showed meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from lab.faults.fault import Fault, NotConfirmedError
from lab.faults.registry import draw_fault
from lab.operations.operations import OperationError
from lab.platform import Lab
from lab.recording.collecting import STEP_S, collect
from lab.recording.decoys import Decoys
from lab.recording.edge import CALM_MS, edge_samples, usual_ms
from lab.recording.endings import IncidentEnding, recovered_at
from lab.recording.lines import read_lines
from lab.recording.plan import SHORT_S, UP_TO_CURE_S, PlannedIncident
from lab.recording.truth import Ending, RecordedFault, RecordedMoments, RecordedTruth
from lab.recording.watch import SystemWatch, next_multiple

BEFORE = timedelta(seconds=180)
"""How much before the onset is kept: with the time up to the complaint, more than a mission's window."""
LINES_AFTER = timedelta(seconds=SHORT_S)
"""How long after the action log lines are kept: metrics go on to the end of a long recording."""
_LEAST_ACTION_S = 20.0
_SCRAPED_S = 1.0
"""After the end the last samples are still being stored."""
_DRAWS = 60


class NotRecordedError(RuntimeError):
    """The incident did not happen as planned, so there is no recording of it; the message says why."""


@dataclass
class IncidentRun:
    """One planned incident on a running, calm lab."""

    lab: Lab
    watch: SystemWatch
    planned: PlannedIncident
    progress: Callable[[str], None]

    def __post_init__(self) -> None:
        self.faults = faults_of(self.planned)
        self.first = self.faults[0]
        self._decoys = Decoys(self.lab, self.planned.decoys, self.faults, self.progress)
        self._ending = IncidentEnding(self.lab, self.faults, self.planned.seed, self.progress)
        self._confirmed: tuple[str, ...] = ()
        self.recovered: datetime | None = None

    async def happen(self, calm_since: datetime) -> None:
        """Runs the incident up to its end. NotRecordedError where a fault is not felt.

        What is at fault by then stays so until `lift`.
        """
        async with self._decoys.running():
            onset = await self._inject()
            self._confirmed = await self._confirm(onset)
            complaint = await self._complaint(onset)
            action, ending = await self._act(onset, complaint)
            end = await self._follow(ending, (action or complaint) + timedelta(seconds=self.planned.follow_s))
        self._onset, self._ended_by = onset, ending
        self._moments = RecordedMoments(
            first=onset - BEFORE,
            normal=max(calm_since, onset - BEFORE),
            onset=None if self.first.healthy else onset,
            complaint=complaint,
            action=action,
            recovered=self.recovered,
            end=end,
        )

    async def collect(self) -> tuple[str, dict[str, Any]]:
        """The text of `truth.json`, and the other files by name; after `happen`.

        httpx.HTTPError or ValueError where Prometheus does not answer, NotRecordedError where the machine was
        too busy for a normal time.
        """
        await asyncio.sleep(_SCRAPED_S)
        moments = self._moments
        lines_end = min(moments.end, (moments.action or moments.complaint) + LINES_AFTER)
        files = await collect(self.watch.sources, self.watch, moments.first, moments.end, lines_end)
        truth = self._truth(moments)
        before = moments.onset or moments.complaint
        usual = usual_ms(sample for sample in truth.edge if moments.normal <= sample.at <= before)
        if usual is not None and usual > CALM_MS:
            raise NotRecordedError(f"{self.planned.id}: a page took {usual:.0f} ms in normal operation")
        return truth.model_dump_json(by_alias=True, indent=1), files

    @property
    def lead_s(self) -> float:
        """How long before its onset the incident's first event is, in seconds."""
        return self._decoys.lead_s

    async def lift(self) -> None:
        """Removes every fault, whatever became of it."""
        for fault in reversed(self.faults):
            await fault.lift(self.lab)
        await self.lab.operations.restore()

    async def _inject(self) -> datetime:
        """Waits for the decoys before the onset, and injects. NotRecordedError where that fails."""
        await asyncio.sleep(self._decoys.lead_s)
        onset = await next_multiple(STEP_S)
        self.progress(f"{self.planned.id}: {self.first.detail or self.first.kind}")
        try:
            for fault in self.faults:
                await fault.inject(self.lab)
        except (OperationError, httpx.HTTPError, OSError, RuntimeError) as error:
            raise NotRecordedError(f"{self.planned.id} could not be injected: {error}") from error
        return onset

    async def _confirm(self, onset: datetime) -> tuple[str, ...]:
        """What the system itself shows of each fault, in time for the action."""
        left = UP_TO_CURE_S - self.planned.normal_s - _LEAST_ACTION_S - _age(onset)
        try:
            async with asyncio.timeout(max(1.0, left)):
                return tuple(await asyncio.gather(*(fault.confirm(self.lab) for fault in self.faults)))
        except (NotConfirmedError, TimeoutError) as error:
            reason = str(error) or f"it is not felt after {_age(onset):.0f} s"
            raise NotRecordedError(f"{self.planned.id}: {reason}") from error

    async def _complaint(self, onset: datetime) -> datetime:
        await asyncio.sleep(max(0.0, self.planned.complaint_s - STEP_S - _age(onset)))
        return await next_multiple(STEP_S)

    async def _act(self, onset: datetime, complaint: datetime) -> tuple[datetime | None, Ending]:
        if self.first.healthy:
            return None, self.planned.ending
        latest = onset + timedelta(seconds=UP_TO_CURE_S - self.planned.normal_s)
        due = min(complaint + timedelta(seconds=self.planned.action_s), latest)
        await asyncio.sleep(max(0.0, -_age(due)))
        at = datetime.now(UTC)
        ending = await self._ending.begin(self.planned.ending)
        self.progress(f"{self.planned.id}: {ending}")
        return at, ending

    async def _follow(self, ending: Ending, end: datetime) -> datetime:
        """Watches until the end, and notes when the system is well again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ending.go_on(ending))
            if ending is Ending.CURE and not self.first.healthy:
                tasks.create_task(self._note_recovery(end))
            await asyncio.sleep(max(0.0, -_age(end) - STEP_S))
        return await next_multiple(STEP_S)

    async def _note_recovery(self, end: datetime) -> None:
        self.recovered = await recovered_at(self.lab, self.first, max(1.0, -_age(end) - STEP_S))

    def _truth(self, moments: RecordedMoments) -> RecordedTruth:
        customers = self.watch.sources.customers
        report = read_lines(customers, self.watch.lengths(customers, moments.first, moments.end))
        return RecordedTruth(
            id=self.planned.id,
            kind=self.planned.kind,
            family=self.first.family,
            prompt=self.first.prompt,
            ending=None if self.first.healthy else self._ended_by,
            faults=() if self.first.healthy else tuple(self._recorded_faults(moments)),
            decoys=tuple(self._decoys.done),
            actions=tuple(self._ending.actions),
            moments=moments,
            edge=edge_samples(report["lines"], moments.first, moments.end),
            events="; ".join(self._confirmed) if self.first.healthy else "",
        )

    def _recorded_faults(self, moments: RecordedMoments) -> Iterator[RecordedFault]:
        """Those of the onset with what confirms them, and the weaker one that half a cure has left."""
        for place, fault in enumerate(self.faults):
            first = place < len(self._confirmed)
            onset = self._onset if first else moments.action or moments.complaint
            confirmed = self._confirmed[place] if first else ""
            yield RecordedFault(**dict(fault.truth(onset.timestamp())), confirmed=confirmed)


def faults_of(planned: PlannedIncident) -> list[Fault]:
    """The faults to inject: the planned one and, where the plan has a second, one of another component."""
    first = draw_fault(planned.kind, planned.seed)
    if not planned.second:
        return [first]
    seeds = range(planned.seed, planned.seed + _DRAWS)
    others = (draw_fault(planned.second, seed) for seed in seeds)
    second = next((fault for fault in others if fault.component != first.component), None)
    return [first] if second is None else [first, second]


def _age(moment: datetime) -> float:
    """Seconds since the moment, negative before it."""
    return (datetime.now(UTC) - moment).total_seconds()
