from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Connectors, Keyring, Prober
from missions.credentials import Sealed
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    HealthNote,
    HealthProbe,
    ResealInput,
)


class Probing:
    """Tests dashboards through a browser, and seals their credentials anew: only here can they be opened."""

    def __init__(self, prober: Prober, keyring: Keyring) -> None:
        self._prober = prober
        self._keyring = keyring

    @activity.defn
    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """How the dashboard is; what is wrong with it is in the answer."""
        async with heartbeating():
            return await self._prober.probe(probe)

    @activity.defn
    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """What the dashboard has to look at."""
        async with heartbeating():
            return await self._prober.discover(search)

    @activity.defn
    async def seal_anew(self, reseal: ResealInput) -> Sealed:
        """The same credentials for the newest key."""
        return self._keyring.reseal(reseal.org, reseal.base_url, reseal.sealed)


class Registering:
    """The registered dashboards, as the workflows that look after them need them."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    @activity.defn
    async def list_probes(self, org: str) -> tuple[HealthProbe, ...]:
        """A test for each dashboard of the organization."""
        every = await self._connectors.all(org)
        return tuple(HealthProbe(org=org, connector=one.name, target=one.probe_target()) for one in every)

    @activity.defn
    async def note_health(self, noted: HealthNote) -> None:
        """Keeps how a dashboard is."""
        await self._connectors.note(noted.org, noted.connector, noted.health)

    @activity.defn
    async def replace_seal(self, before: ResealInput, after: Sealed) -> bool:
        """False where the credentials were written anew meanwhile."""
        return await self._connectors.reseal(before.org, before.connector, before.sealed, after)
