import asyncio
from dataclasses import replace

from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Artifacts, Observer, VisitResult
from missions.errors import BrowserError
from missions.evidence import ArtifactRef, PageObservation, PanelObservation, unseen
from missions.plan import Visit
from semantics.series import distinct_measures, measured


class Observing:
    """Visits one page with a browser and stores pictures and numbers."""

    def __init__(self, observer: Observer, artifacts: Artifacts) -> None:
        self._observer = observer
        self._artifacts = artifacts

    @activity.defn
    async def observe(self, visit: Visit) -> PageObservation:
        """Visits, uploads pictures and numbers under their hashes, and returns the references."""
        async with heartbeating():
            return await self._visit(visit)

    async def _visit(self, visit: Visit) -> PageObservation:
        try:
            result = await self._observer.visit(visit, activity.heartbeat)
        except BrowserError as error:
            if not error.trace:
                raise
            return await self._failed_visit(visit, error)
        result = await asyncio.to_thread(_understood, result)
        activity.heartbeat("uploading")
        # In parallel, since each upload is a round trip.
        picture, numbers, video, panels = await asyncio.gather(
            self._picture(visit, result),
            self._numbers(visit, result),
            self._video(visit, result),
            asyncio.gather(*(self._panel(visit, result, panel) for panel in result.sighting.panels)),
        )
        stored = {"screenshot": picture, "numbers": numbers, "video": video, "panels": tuple(panels)}
        return result.sighting.model_copy(update=stored)

    async def _picture(self, visit: Visit, result: VisitResult) -> ArtifactRef | None:
        if result.picture is None:
            return None
        title = f"{result.sighting.title} ({visit.phase})"
        return await self._artifacts.put(visit.org, result.picture, "image/jpeg", "screenshot", title)

    async def _panel(self, visit: Visit, result: VisitResult, panel: PanelObservation) -> PanelObservation:
        if panel.id not in result.panels:
            return panel
        title = f"{panel.title} ({visit.phase})"
        content = result.panels[panel.id]
        picture = await self._artifacts.put(visit.org, content, "image/jpeg", "panel", title)
        return panel.model_copy(update={"picture": picture})

    async def _video(self, visit: Visit, result: VisitResult) -> ArtifactRef | None:
        if result.video is None:
            return None
        title = f"{result.sighting.title} video of the visit ({visit.phase})"
        return await self._artifacts.put(visit.org, result.video, "image/webp", "video", title)

    async def _numbers(self, visit: Visit, result: VisitResult) -> ArtifactRef | None:
        if result.evidence is None:
            return None
        content = result.evidence.model_dump_json(by_alias=True).encode()
        title = f"{result.sighting.title} numbers ({visit.phase})"
        return await self._artifacts.put(visit.org, content, "application/json", "numbers", title)

    async def _failed_visit(self, visit: Visit, error: BrowserError) -> PageObservation:
        """The observation of a page that failed twice; the trace of the second attempt is its evidence."""
        observation = unseen(visit.target, visit.phase, str(error))
        title = f"{observation.title} trace of the failed visit ({visit.phase})"
        trace = await self._artifacts.put(visit.org, error.trace, "application/zip", "trace", title)
        return observation.model_copy(update={"trace": trace})


def _understood(result: VisitResult) -> VisitResult:
    """The result with what each series measures, and each panel with the answers for its series."""
    if result.evidence is None:
        return result
    series = tuple(measured(line) for line in result.evidence.series)
    panels = tuple(
        panel.model_copy(
            update={"measures": distinct_measures(line for line in series if line.panel == panel.id)}
        )
        for panel in result.sighting.panels
    )
    return replace(
        result,
        evidence=result.evidence.model_copy(update={"series": series}),
        sighting=result.sighting.model_copy(update={"panels": panels}),
    )
