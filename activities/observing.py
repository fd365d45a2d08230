import asyncio

from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Artifacts, Observer, VisitResult
from missions.errors import BrowserError
from missions.evidence import ArtifactRef, PageObservation, PanelObservation, unseen
from missions.plan import Visit


class Observing:
    """Looks at one page through a browser and stores what it saw."""

    def __init__(self, observer: Observer, artifacts: Artifacts, videos: Artifacts) -> None:
        self._observer = observer
        self._artifacts = artifacts
        self._videos = videos

    @activity.defn
    async def observe(self, visit: Visit) -> PageObservation:
        """Visits, uploads pictures and numbers under their hashes, and returns the references."""
        async with heartbeating():
            return await self._look(visit)

    async def _look(self, visit: Visit) -> PageObservation:
        try:
            look = await self._observer.visit(visit, activity.heartbeat)
        except BrowserError as error:
            if not error.trace:
                raise
            return await self._failed(visit, error)
        activity.heartbeat("uploading")
        # Side by side: none waits for another's way to the store.
        picture, numbers, video, panels = await asyncio.gather(
            self._picture(visit, look),
            self._numbers(visit, look),
            self._video(visit, look),
            asyncio.gather(*(self._panel(visit, look, panel) for panel in look.sighting.panels)),
        )
        stored = {"screenshot": picture, "numbers": numbers, "video": video, "panels": tuple(panels)}
        return look.sighting.model_copy(update=stored)

    async def _picture(self, visit: Visit, look: VisitResult) -> ArtifactRef | None:
        if look.picture is None:
            return None
        title = f"{look.sighting.title} ({visit.phase})"
        return await self._artifacts.put(visit.org, look.picture, "image/jpeg", "screenshot", title)

    async def _panel(self, visit: Visit, look: VisitResult, panel: PanelObservation) -> PanelObservation:
        if panel.id not in look.panels:
            return panel
        title = f"{panel.title} ({visit.phase})"
        content = look.panels[panel.id]
        picture = await self._artifacts.put(visit.org, content, "image/jpeg", "panel", title)
        return panel.model_copy(update={"picture": picture})

    async def _video(self, visit: Visit, look: VisitResult) -> ArtifactRef | None:
        if look.video is None:
            return None
        title = f"{look.sighting.title} as it was visited ({visit.phase})"
        return await self._videos.put(visit.org, look.video, "image/webp", "video", title)

    async def _numbers(self, visit: Visit, look: VisitResult) -> ArtifactRef | None:
        if look.evidence is None:
            return None
        content = look.evidence.model_dump_json(by_alias=True).encode()
        title = f"{look.sighting.title} numbers ({visit.phase})"
        return await self._artifacts.put(visit.org, content, "application/json", "numbers", title)

    async def _failed(self, visit: Visit, error: BrowserError) -> PageObservation:
        """It failed twice, the second time with its steps recorded: that is the evidence."""
        sighting = unseen(visit.target, visit.phase, str(error))
        title = f"{sighting.title} steps until it failed ({visit.phase})"
        trace = await self._artifacts.put(visit.org, error.trace, "application/zip", "trace", title)
        return sighting.model_copy(update={"trace": trace})
