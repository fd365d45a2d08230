from missions.approval import GatewayStatus
from missions.errors import UnavailableError
from missions.proposal import Action


class MemoryGatewayApprovals:
    """Approvals of a gateway; a test opens them and sets their status."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, GatewayStatus]] = {}
        self.posted: list[tuple[str, bool]] = []
        self.away = False
        self.takes_answers = True

    def open(self, token: str, action: str) -> None:
        """Adds a pending approval."""
        self.rows[token] = (action, GatewayStatus.PENDING)

    def say(self, token: str, status: GatewayStatus) -> None:
        """Sets the status, as the gateway's people or its clock do."""
        self.rows[token] = (self.rows[token][0], status)

    async def look(self, token: str, action: Action) -> GatewayStatus:
        """The current status."""
        if self.away or token not in self.rows or self.rows[token][0] != action.kind:
            raise UnavailableError("The gateway does not say.")
        return self.rows[token][1]

    async def answer(self, token: str, *, agreed: bool, reason: str) -> None:  # noqa: ARG002  for people
        """Posts our decision; the first one counts."""
        if self.away:
            raise UnavailableError("The gateway does not answer.")
        self.posted.append((token, agreed))
        if self.takes_answers and self.rows[token][1] is GatewayStatus.PENDING:
            self.say(token, GatewayStatus.APPROVED if agreed else GatewayStatus.DENIED)
