from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Artifacts, PresignedObjects, Printer
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject


class Printing:
    """Prints reports. They are lent: where browsers run nothing that is kept can be read."""

    def __init__(self, loans: PresignedObjects, printer: Printer, prints: Artifacts) -> None:
        self._loans = loans
        self._printer = printer
        self._prints = prints

    @activity.defn
    async def print_report(self, loan: PresignedObject) -> ArtifactRef:
        """The report as PDF, stored under its hash."""
        async with heartbeating():
            html = await self._loans.fetch(loan)
            content = await self._printer.print(html)
            return await self._prints.put(loan.org, content, "application/pdf", "report-pdf", "Report (PDF)")
