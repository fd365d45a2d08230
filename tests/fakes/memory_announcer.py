from activities.ports import Recorded


class MemoryAnnouncer:
    """Stores what is announced."""

    def __init__(self) -> None:
        self.announced: list[Recorded] = []

    async def announce(self, org: str, recorded: Recorded) -> None:  # noqa: ARG002  one organization
        """Never raises."""
        self.announced.append(recorded)
