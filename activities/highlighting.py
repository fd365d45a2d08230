import asyncio

from temporalio import activity

from activities.ports import Artifacts, Highlighter
from missions.diagnosis import Diagnosis, Highlight
from missions.errors import NotFoundError, UnavailableError
from missions.evidence import Evidence, PageObservation


class Highlighting:
    """Marks on the pages' pictures the panels that a diagnosis rests on."""

    def __init__(self, artifacts: Artifacts, highlighter: Highlighter) -> None:
        self._artifacts = artifacts
        self._highlighter = highlighter

    async def marked(
        self,
        org: str,
        diagnosis: Diagnosis,
        sightings: tuple[PageObservation, ...],
        evidence: tuple[Evidence, ...],
    ) -> tuple[Highlight, ...]:
        """A marked picture of each page that shows what is cited; one that cannot be marked is left out."""
        by_page = {(one.target, one.phase): one for one in evidence}
        cited = {piece.id for cause in diagnosis.root_cause_candidates[:1] for piece in cause.evidence}
        found = await asyncio.gather(
            *(self._mark(org, one, _panels(by_page.get((one.target, one.phase)), cited)) for one in sightings)
        )
        return tuple(one for one in found if one is not None)

    async def _mark(self, org: str, sighting: PageObservation, panels: set[str]) -> Highlight | None:
        shown = {one.id: one.box for one in sighting.panels if one.id in panels and one.box is not None}
        if not shown or sighting.screenshot is None:
            return None
        try:
            picture = await self._artifacts.get(sighting.screenshot)
            marked = await asyncio.to_thread(self._highlighter.highlight, picture, tuple(shown.values()))
            title = f"{sighting.title}: what the cause rests on"
            ref = await self._artifacts.put(org, marked, "image/jpeg", "highlight", title)
        except (NotFoundError, UnavailableError, ValueError) as error:
            activity.logger.warning("a picture was not marked: %s", type(error).__name__)
            return None
        return Highlight(target=sighting.target, phase=sighting.phase, panels=tuple(shown), picture=ref)


def _panels(evidence: Evidence | None, cited: set[str]) -> set[str]:
    """The panels that show what is cited."""
    if evidence is None:
        return set()
    lines = {one.panel for one in evidence.series if one.id in cited}
    return lines | {one.panel for one in evidence.logs if one.id in cited}
