from gate import Gate

from missions.approval import Approval
from missions.reminder import Urgency


class MemoryNotifier:
    """Stores the requests and reminders that people would get."""

    def __init__(self) -> None:
        self.asked: list[Approval] = []
        self.reminded: list[Urgency] = []
        self.gate = Gate()

    async def ask(self, org: str, approval: Approval) -> None:  # noqa: ARG002  one organization
        """Never raises."""
        self.asked.append(approval)
        await self.gate.pass_through()

    async def remind(self, org: str, approval: Approval, urgency: Urgency) -> None:  # noqa: ARG002  as above
        """Never raises."""
        self.reminded.append(urgency)
