from gate import Gate

from activities.ports import ArtifactReader
from missions.event import Event
from missions.mission import Outcome


class MemoryReporter:
    """A report of one line."""

    def __init__(self) -> None:
        self.gate = Gate()

    async def write(
        self,
        events: tuple[Event, ...],
        outcome: Outcome,
        reason: str,
        load: ArtifactReader,  # noqa: ARG002  no pictures
    ) -> tuple[bytes, bytes]:
        """HTML and Markdown."""
        await self.gate.pass_through()
        line = f"{len(events)} events: {outcome}, {reason}"
        return f"<p>{line}".encode(), line.encode()
