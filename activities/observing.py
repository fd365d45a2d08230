from temporalio import activity

from activities.beating import beating
from activities.ports import Artifacts, Observer
from missions.errors import BrowserError
from missions.evidence import Sighting, unseen
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
        sighting = look.sighting
        activity.heartbeat("uploading")
        if look.picture is not None:
            title = f"{sighting.title} ({visit.phase})"
            picture = await self._artifacts.put(visit.org, look.picture, "image/jpeg", "screenshot", title)
            sighting = sighting.model_copy(update={"screenshot": picture})
        if look.evidence is not None:
            content = look.evidence.model_dump_json(by_alias=True).encode()
            title = f"{sighting.title} numbers ({visit.phase})"
            numbers = await self._artifacts.put(visit.org, content, "application/json", "numbers", title)
            sighting = sighting.model_copy(update={"numbers": numbers})
        return sighting

    async def _failed(self, visit: Visit, error: BrowserError) -> Sighting:
        """It failed twice, the second time with its steps recorded: that is the evidence."""
        sighting = unseen(visit.target, visit.phase, str(error))
        title = f"{sighting.title} steps until it failed ({visit.phase})"
        trace = await self._artifacts.put(visit.org, error.trace, "application/zip", "trace", title)
        return sighting.model_copy(update={"trace": trace})
