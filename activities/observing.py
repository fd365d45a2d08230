from temporalio import activity

from activities.beating import beating
from activities.ports import Artifacts, Observer
from missions.evidence import Sighting
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
        look = await self._observer.visit(visit, activity.heartbeat)
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
