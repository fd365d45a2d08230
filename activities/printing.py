from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Artifacts, PresignedObjects, Printer
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject


class Printing:
    """Prints reports as PDF. They arrive as presigned objects: the browser worker may not read the store."""

    def __init__(self, reports: PresignedObjects, printer: Printer, prints: Artifacts) -> None:
        self._reports = reports
        self._printer = printer
        self._prints = prints

    @activity.defn
    async def print_report(self, report: PresignedObject) -> ArtifactRef:
        """Stores the report as PDF and returns its reference."""
        async with heartbeating():
            html = await self._reports.fetch(report)
            content = await self._printer.print(html)
            return await self._prints.put(
                report.org, content, "application/pdf", "report-pdf", "Report (PDF)"
            )
