from missions.mission import Brief
from missions.plan import Plan


class MemoryPlanner:
    """The same plan for every prompt, or the error."""

    def __init__(self, plan: Plan) -> None:
        self.answer = plan
        self.error: Exception | None = None

    async def plan(self, brief: Brief) -> Plan:  # noqa: ARG002  the same for all
        """The plan."""
        if self.error is not None:
            raise self.error
        return self.answer
