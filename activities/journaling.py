from uuid import UUID

from temporalio import activity

from activities.ports import Announcer, Artifacts, Journal, Reporter
from missions.event import PendingEvent, Reported
from missions.frozen_model import FrozenModel
from missions.mission import Outcome


class ReportInput(FrozenModel):
    """The input of report: which mission, and how it ends."""

    org: str
    mission_id: UUID
    outcome: Outcome
    reason: str


class Journaling:
    """Records what happened."""

    def __init__(self, journal: Journal, announcer: Announcer) -> None:
        self._journal = journal
        self._announcer = announcer

    @activity.defn
    async def record(self, entry: PendingEvent) -> int:
        """Commits the event once, tells the watchers, and returns its seq."""
        recorded = await self._journal.append(entry.org, entry.mission_id, "agent", entry.payload)
        await self._announcer.announce(entry.org, recorded)
        return recorded.event.seq


class Reporting:
    """Writes the report from what was recorded."""

    def __init__(self, journal: Journal, artifacts: Artifacts, reporter: Reporter) -> None:
        self._journal = journal
        self._artifacts = artifacts
        self._reporter = reporter

    @activity.defn
    async def report(self, chapter: ReportInput) -> Reported:
        """Stores the HTML (pictures inside) and Markdown, and returns the references."""
        events = await self._journal.read(chapter.org, chapter.mission_id)
        html, markdown = await self._reporter.write(
            events, chapter.outcome, chapter.reason, self._artifacts.get
        )
        return Reported(
            html=await self._artifacts.put(chapter.org, html, "text/html", "report", "Report"),
            markdown=await self._artifacts.put(
                chapter.org, markdown, "text/markdown", "report-markdown", "Report (Markdown)"
            ),
        )
