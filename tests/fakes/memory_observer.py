import asyncio
from collections.abc import Callable

import samples as sample

from activities.ports import VisitResult
from missions.errors import OpsError
from missions.plan import Visit


class MemoryObserver:
    """A browser that returns the same for every page, and an error for pages in `away` (by target id)."""

    def __init__(self) -> None:
        self.away: dict[str, OpsError] = {}
        self.visits: list[Visit] = []
        self.films = False
        self.deadly: set[str] = set()  # targets whose visit kills the worker: it never returns

    async def visit(self, visit: Visit, progress: Callable[[str], None]) -> VisitResult:
        """Raises the error of an unreachable page."""
        self.visits.append(visit)
        progress("opening")
        if visit.target.id in self.deadly:
            await asyncio.Event().wait()
        if visit.target.id in self.away:
            raise self.away[visit.target.id]
        page = visit.target.path.removeprefix("/")
        sighting = sample.sighting(page, phase=visit.phase)
        return VisitResult(
            sighting=sighting,
            picture=sample.picture(page),
            evidence=sample.evidence(page, visit.phase),
            panels={panel.id: b"a panel" for panel in sighting.panels} if self.films else {},
            video=b"a film" if self.films else None,
        )
