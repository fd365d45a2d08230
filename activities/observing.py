import asyncio

from temporalio import activity

from activities.beating import beating
from activities.ports import Artifacts, Look, Observer
from missions.errors import BrowserError
from missions.evidence import ArtifactRef, Sighting, unseen
from missions.plan import Visit


class Observing:
    """Looks at one page through a browser and stores what it saw."""

    def __init__(self, observer: Observer, artifacts: Artifacts) -> None:
        self._observer = observer
        self._artifacts = artifacts

    @activity.defn
    async def observe(self, visit: Visit) -> Sighting:
        """Visits, uploads picture and numbers under their hashes, and returns the references."""
        async with beating():
            return await self._look(visit)

    async def _look(self, visit: Visit) -> Sighting:
        try:
            look = await self._observer.visit(visit, activity.heartbeat)
        except BrowserError as error:
            if not error.trace:
                raise
            return await self._failed(visit, error)
        activity.heartbeat("uploading")
        # Side by side: neither waits for the other's way to the store.
        picture, numbers = await asyncio.gather(self._picture(visit, look), self._numbers(visit, look))
        return look.sighting.model_copy(update={"screenshot": picture, "numbers": numbers})

    async def _picture(self, visit: Visit, look: Look) -> ArtifactRef | None:
        if look.picture is None:
            return None
        title = f"{look.sighting.title} ({visit.phase})"
        return await self._artifacts.put(visit.org, look.picture, "image/jpeg", "screenshot", title)

    async def _numbers(self, visit: Visit, look: Look) -> ArtifactRef | None:
        if look.evidence is None:
            return None
        content = look.evidence.model_dump_json(by_alias=True).encode()
        title = f"{look.sighting.title} numbers ({visit.phase})"
        return await self._artifacts.put(visit.org, content, "application/json", "numbers", title)

    async def _failed(self, visit: Visit, error: BrowserError) -> Sighting:
        """It failed twice, the second time with its steps recorded: that is the evidence."""
        sighting = unseen(visit.target, visit.phase, str(error))
        title = f"{sighting.title} steps until it failed ({visit.phase})"
        trace = await self._artifacts.put(visit.org, error.trace, "application/zip", "trace", title)
        return sighting.model_copy(update={"trace": trace})
