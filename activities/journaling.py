from functools import partial
from uuid import UUID

from temporalio import activity

from activities.ports import Announcer, Artifacts, Journal, Reporter
from missions.event import PendingEvent, Reported
from missions.frozen_model import FrozenModel
from missions.mission import Outcome


class ReportInput(FrozenModel):
    """The input of report: the mission and its outcome."""

    org: str
    mission_id: UUID
    outcome: Outcome
    reason: str


class Journaling:
    """Records a mission's events."""

    def __init__(self, journal: Journal, announcer: Announcer) -> None:
        self._journal = journal
        self._announcer = announcer

    @activity.defn
    async def record(self, event: PendingEvent) -> int:
        """Commits the event once, announces it to watchers, and returns its seq."""
        recorded = await self._journal.append(event.org, event.mission_id, "agent", event.payload)
        await self._announcer.announce(event.org, recorded)
        return recorded.event.seq


class Reporting:
    """Writes the report from the recorded events."""

    def __init__(self, journal: Journal, artifacts: Artifacts, reporter: Reporter) -> None:
        self._journal = journal
        self._artifacts = artifacts
        self._reporter = reporter

    @activity.defn
    async def report(self, report_input: ReportInput) -> Reported:
        """Stores the report as HTML (pictures embedded) and Markdown, and returns the references."""
        events = await self._journal.read(report_input.org, report_input.mission_id)
        load = partial(self._artifacts.get, report_input.org)
        html, markdown = await self._reporter.write(events, report_input.outcome, report_input.reason, load)
        return Reported(
            html=await self._artifacts.put(report_input.org, html, "text/html", "report", "Report"),
            markdown=await self._artifacts.put(
                report_input.org, markdown, "text/markdown", "report-markdown", "Report (Markdown)"
            ),
        )
