from missions.connector import Connector
from missions.credentials import Sealed
from missions.health import DashboardHealth


class MemoryConnectors:
    """The registered dashboards of one organization."""

    def __init__(self, *connectors: Connector) -> None:
        self.registered = list(connectors)

    async def all(self, org: str) -> list[Connector]:  # noqa: ARG002  one organization
        """All of them, by name."""
        return sorted(self.registered, key=lambda connector: connector.name)

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Stores the health; does nothing if the dashboard was deleted."""
        del org
        changes = {"health": health, "health_status": health.status}
        self.registered = [
            connector.model_copy(update=changes) if connector.name == name else connector
            for connector in self.registered
        ]

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces exactly these credentials."""
        del org
        for place, connector in enumerate(self.registered):
            if connector.name == name and connector.sealed == before:
                self.registered[place] = connector.model_copy(update={"sealed": after})
                return True
        return False
