import asyncio

from temporalio import activity

from activities.ports import Artifacts, Highlighter
from missions.diagnosis import Diagnosis, Highlight
from missions.errors import NotFoundError, UnavailableError
from missions.evidence import Evidence, PageObservation


class Highlighting:
    """Marks the panels that a diagnosis cites on the pages' screenshots."""

    def __init__(self, artifacts: Artifacts, highlighter: Highlighter) -> None:
        self._artifacts = artifacts
        self._highlighter = highlighter

    async def highlights(
        self,
        org: str,
        diagnosis: Diagnosis,
        observations: tuple[PageObservation, ...],
        evidence: tuple[Evidence, ...],
    ) -> tuple[Highlight, ...]:
        """One marked screenshot for each page with cited panels; pages that cannot be marked are left out."""
        by_page = {(page.target, page.phase): page for page in evidence}
        cited = {citation.id for cause in diagnosis.root_cause_candidates[:1] for citation in cause.evidence}
        highlights = await asyncio.gather(
            *(
                self._mark(org, page, _panels(by_page.get((page.target, page.phase)), cited))
                for page in observations
            )
        )
        return tuple(highlight for highlight in highlights if highlight is not None)

    async def _mark(self, org: str, observation: PageObservation, panels: set[str]) -> Highlight | None:
        boxes = {
            panel.id: panel.box
            for panel in observation.panels
            if panel.id in panels and panel.box is not None
        }
        if not boxes or observation.screenshot is None:
            return None
        try:
            picture = await self._artifacts.get(org, observation.screenshot)
            marked = await asyncio.to_thread(self._highlighter.highlight, picture, tuple(boxes.values()))
            title = f"{observation.title}: evidence of the cause"
            ref = await self._artifacts.put(org, marked, "image/jpeg", "highlight", title)
        except (NotFoundError, UnavailableError, ValueError) as error:
            activity.logger.warning("a screenshot could not be marked: %s", type(error).__name__)
            return None
        return Highlight(target=observation.target, phase=observation.phase, panels=tuple(boxes), picture=ref)


def _panels(evidence: Evidence | None, cited: set[str]) -> set[str]:
    """The panels that show the cited series and log lines."""
    if evidence is None:
        return set()
    panels = {series.panel for series in evidence.series if series.id in cited}
    return panels | {line.panel for line in evidence.logs if line.id in cited}
