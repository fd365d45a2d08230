from temporalio import activity

from activities.heartbeating import heartbeating
from activities.ports import Connectors, Keyring, Prober
from missions.credentials import Sealed
from missions.health import (
    DashboardHealth,
    DashboardMatch,
    DashboardSearch,
    DetectedProduct,
    HealthNote,
    HealthProbe,
    ResealInput,
)


class Probing:
    """Tests and searches dashboards with a browser. Reseals credentials, which only this worker opens."""

    def __init__(self, prober: Prober, keyring: Keyring) -> None:
        self._prober = prober
        self._keyring = keyring

    @activity.defn
    async def probe(self, probe: HealthProbe) -> DashboardHealth:
        """The dashboard's health, with what is wrong with it."""
        async with heartbeating():
            return await self._prober.probe(probe)

    @activity.defn
    async def discover(self, search: DashboardSearch) -> tuple[DashboardMatch, ...]:
        """The dashboards, panels or metrics that a mission could look at."""
        async with heartbeating():
            return await self._prober.discover(search)

    @activity.defn
    async def detect(self, probe: HealthProbe) -> DetectedProduct:
        """The product that answers at the address."""
        async with heartbeating():
            return await self._prober.detect(probe)

    @activity.defn
    async def seal_anew(self, reseal: ResealInput) -> Sealed:
        """The same credentials, sealed for the newest key."""
        return self._keyring.reseal(reseal.org, reseal.base_url, reseal.sealed)


class Registering:
    """Reads and updates registered dashboards for the dashboard workflows."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    @activity.defn
    async def list_probes(self, org: str) -> tuple[HealthProbe, ...]:
        """One health probe for each dashboard of the organization."""
        connectors = await self._connectors.all(org)
        return tuple(connector.probe(org) for connector in connectors)

    @activity.defn
    async def note_health(self, note: HealthNote) -> None:
        """Stores a dashboard's health."""
        await self._connectors.note(note.org, note.connector, note.health)

    @activity.defn
    async def replace_seal(self, before: ResealInput, after: Sealed) -> bool:
        """False if the credentials were replaced in the meantime."""
        return await self._connectors.reseal(before.org, before.connector, before.sealed, after)
