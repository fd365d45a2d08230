from temporalio import activity

from activities.beating import beating
from activities.ports import Connectors, Keyring, Prober
from missions.credentials import Sealed
from missions.health import Found, Health, Noted, Probe, Reseal, Search


class Probing:
    """Tests dashboards through a browser, and seals their credentials anew: only here can they be opened."""

    def __init__(self, prober: Prober, keyring: Keyring) -> None:
        self._prober = prober
        self._keyring = keyring

    @activity.defn
    async def probe(self, probe: Probe) -> Health:
        """How the dashboard is; what is wrong with it is in the answer."""
        async with beating():
            return await self._prober.probe(probe)

    @activity.defn
    async def discover(self, search: Search) -> tuple[Found, ...]:
        """What the dashboard has to look at."""
        async with beating():
            return await self._prober.discover(search)

    @activity.defn
    async def seal_anew(self, reseal: Reseal) -> Sealed:
        """The same credentials for the newest key."""
        return self._keyring.reseal(reseal.org, reseal.base_url, reseal.sealed)


class Registering:
    """The registered dashboards, as the workflows that look after them need them."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    @activity.defn
    async def list_probes(self, org: str) -> tuple[Probe, ...]:
        """A test for each dashboard of the organization."""
        every = await self._connectors.all(org)
        return tuple(Probe(org=org, connector=one.name, target=one.probe_target()) for one in every)

    @activity.defn
    async def note_health(self, noted: Noted) -> None:
        """Keeps how a dashboard is."""
        await self._connectors.note(noted.org, noted.connector, noted.health)

    @activity.defn
    async def replace_seal(self, before: Reseal, after: Sealed) -> bool:
        """False where the credentials were written anew meanwhile."""
        return await self._connectors.reseal(before.org, before.connector, before.sealed, after)
