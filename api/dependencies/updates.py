from dataclasses import dataclass

from runtime.relay import Relay
from stores.postgres.missions.missions import MissionChange
from stores.sockets import SocketAnnouncer


@dataclass(frozen=True)
class UpdateDependencies:
    """Sends what is committed: to Temporal, and to the sockets of the organization."""

    relay: Relay
    announcer: SocketAnnouncer

    async def send(self, org: str, change: MissionChange) -> None:
        """Both are hints: the outbox repeats a lost message, a client reads missed events from the table."""
        if change.message is not None:
            await self.relay.hasten(change.message)
        for recorded in change.recorded:
            await self.announcer.announce(org, recorded)
