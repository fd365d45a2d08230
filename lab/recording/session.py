"""Makes the recordings of a plan, one after the other, on a lab that stays up."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from lab.customers import NotCalmError
from lab.platform import Lab
from lab.recording.archive import TooLargeError, remove_drafts, write_folder
from lab.recording.edge import CALM_MS, edge_samples, failed_share, usual_ms
from lab.recording.incident import IncidentRun, NotRecordedError
from lab.recording.plan import UP_TO_CURE_S, PlannedIncident
from lab.recording.split import half_of
from lab.recording.system import sources_of
from lab.recording.watch import SystemWatch
from lab.topology import LabNetwork

WARM_UP = timedelta(seconds=150)
"""A lab that has just started has no normal time yet."""
FORGOTTEN = timedelta(seconds=60)
"""After an incident that nothing cured: most queries look back 1 or 2 minutes, and still show it."""
TOLERATED = 0.02
"""The share of customers' requests that may fail in a calm system."""
CALM = timedelta(seconds=20)
_CALM_LIMIT_S = 150.0
_SLACK_S, _LIFT_S = 60.0, 90.0
"""What an incident may take beyond its plan, and what removing its faults may take."""
_HISTORY = timedelta(minutes=30)
_EVERY_S = 1.0
_LATEST = 4  # samples, 20 s


class RecordingSession:
    """Records what is missing of a plan into `root`/<half>/<id>."""

    def __init__(
        self,
        data: Path,
        network: LabNetwork,
        root: Path,
        plan: Sequence[PlannedIncident],
        progress: Callable[[str], None],
    ) -> None:
        self._data = data
        self._network = network
        self._root = root
        self._progress = progress
        self._left = [incident for incident in plan if not self._folder(incident).exists()]
        self._total = len(plan)
        self._failed: list[str] = []
        self._writing: asyncio.Task[None] | None = None
        for incident in plan:
            remove_drafts(self._folder(incident).parent, incident.id)

    @property
    def left(self) -> tuple[str, ...]:
        """The ids of the planned incidents that have no recording yet, in order."""
        return tuple(incident.id for incident in self._left)

    async def run(self) -> int:
        """Returns how many planned incidents have no recording at the end."""
        self._progress(f"{self._total - len(self._left)} of {self._total} are recorded already")
        while self._left:
            lab = Lab(self._data, self._network, self._progress)
            try:
                async with lab.running():
                    await self._record_on(lab)
            except NotCalmError as error:
                self._progress(f"{error}; the lab is started again")
            finally:
                await self._written()
        for line in self._failed:
            self._progress(f"not recorded: {line}")
        return len(self._failed)

    async def _record_on(self, lab: Lab) -> None:
        """Records until the plan is done. NotCalmError."""
        watch = SystemWatch(sources_of(lab))
        async with watch.running():
            calm_since = datetime.now(UTC) + WARM_UP
            while self._left:
                planned = self._left.pop(0)
                calm_since = await self._record(lab, watch, planned, calm_since)
                watch.forget(datetime.now(UTC) - _HISTORY)

    async def _record(
        self, lab: Lab, watch: SystemWatch, planned: PlannedIncident, calm_since: datetime
    ) -> datetime:
        """Records one, and returns when the normal time after it begins. NotCalmError."""
        onset = calm_since + timedelta(seconds=planned.normal_s)
        run = IncidentRun(lab, watch, planned, self._progress)
        await asyncio.sleep(max(0.0, (onset - datetime.now(UTC)).total_seconds() - run.lead_s))
        try:
            async with asyncio.timeout(UP_TO_CURE_S + planned.follow_s + _SLACK_S):
                await run.happen(calm_since)
        except Exception as error:  # noqa: BLE001  one incident must not end hours of recording
            self._note_failure(planned, error)
            lifted = await self._lift(run)
        else:
            lifted = await self._lift(run)
            await self._keep(run)
        calm = await self._calm(lab, lifted)
        if run.recovered is not None:  # well before the end
            return run.recovered
        return calm if run.first.healthy else calm + FORGOTTEN

    async def _keep(self, run: IncidentRun) -> None:
        """Collects the recording, and writes it while the next incident's normal time goes on."""
        try:
            truth, files = await run.collect()
        except (httpx.HTTPError, ValueError, OSError, NotRecordedError) as error:
            self._note_failure(run.planned, error)
        else:
            await self._written()
            self._writing = asyncio.create_task(self._write(run.planned, truth, files))

    async def _write(self, planned: PlannedIncident, truth: str, files: dict[str, Any]) -> None:
        try:
            size = await asyncio.to_thread(write_folder, self._folder(planned), truth, files)
        except (TooLargeError, OSError) as error:
            self._note_failure(planned, error)
        else:
            self._progress(f"{planned.id}: {size // 1000} kB; {len(self._left)} of {self._total} are left")

    async def _written(self) -> None:
        """Waits until the last recording is written."""
        if self._writing is not None:
            await self._writing

    def _note_failure(self, planned: PlannedIncident, error: Exception) -> None:
        self._failed.append(f"{planned.id}: {error}")
        self._progress(f"{planned.id} is not recorded: {type(error).__name__}: {error}")

    async def _lift(self, run: IncidentRun) -> datetime:
        try:
            async with asyncio.timeout(_LIFT_S):
                await run.lift()
        except Exception as error:  # a fault that stays is removed with its lab
            raise NotCalmError(f"{run.planned.id} could not be lifted: {error}") from error
        return datetime.now(UTC)

    async def _calm(self, lab: Lab, since: datetime) -> datetime:
        """Waits until customers are served, and returns since when they are. NotCalmError."""
        began = since
        with lab.log("locust").open(encoding="utf-8", errors="replace") as report:
            report.seek(0, os.SEEK_END)
            lines: list[str] = []
            while True:
                lines += report.readlines()
                now = datetime.now(UTC)
                samples = edge_samples(lines, since, now)
                failed, usual = failed_share(samples), usual_ms(samples[-_LATEST:])
                if (failed is not None and failed > TOLERATED) or (usual is not None and usual > CALM_MS):
                    since = now
                elif failed is not None and now - since > CALM:
                    return since
                if (now - began).total_seconds() > _CALM_LIMIT_S:
                    raise NotCalmError("customers are not served, or slowly")
                await asyncio.sleep(_EVERY_S)

    def _folder(self, planned: PlannedIncident) -> Path:
        return self._root / half_of(planned.kind) / planned.id
