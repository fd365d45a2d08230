from missions.connector import Connector


class MemoryConnectors:
    """The registered dashboards of one organization."""

    def __init__(self, *connectors: Connector) -> None:
        self.registered = list(connectors)

    async def all(self, org: str) -> list[Connector]:  # noqa: ARG002  one organization
        """All of them."""
        return self.registered
