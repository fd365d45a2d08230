from memory_gate import MemoryGate

from missions.approval import Approval


class MemoryNotifier:
    """Remembers what people were asked."""

    def __init__(self) -> None:
        self.asked: list[Approval] = []
        self.gate = MemoryGate()

    async def ask(self, org: str, approval: Approval) -> None:  # noqa: ARG002  one organization
        """Never raises."""
        self.asked.append(approval)
        await self.gate.pass_through()
