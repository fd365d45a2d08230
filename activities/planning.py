from temporalio import activity

from activities.ports import Planner
from missions.mission import Brief
from missions.plan import Plan


class Planning:
    """Plans a mission."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    @activity.defn
    async def plan(self, brief: Brief) -> Plan:
        """The registered pages to visit, the window, and the actions in scope."""
        return await self._planner.plan(brief)
