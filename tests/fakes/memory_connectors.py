from missions.connector import Connector
from missions.credentials import Sealed
from missions.health import DashboardHealth


class MemoryConnectors:
    """The registered dashboards of one organization."""

    def __init__(self, *connectors: Connector) -> None:
        self.registered = list(connectors)
        self.noted: list[tuple[str, DashboardHealth]] = []

    async def all(self, org: str) -> list[Connector]:  # noqa: ARG002  one organization
        """All of them."""
        return self.registered

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Keeps how it is."""
        del org
        self.noted.append((name, health))

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces exactly these credentials."""
        del org
        for place, one in enumerate(self.registered):
            if one.name == name and one.sealed == before:
                self.registered[place] = one.model_copy(update={"sealed": after})
                return True
        return False
