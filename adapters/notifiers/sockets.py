from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from missions.announcement import Notification, Occasion
from missions.approval import Approval
from missions.reminder import Urgency

Emit = Callable[[str, dict[str, Any], str], Awaitable[None]]
"""Sends an event with its content to a Socket.IO room; never raises."""


class SocketNotifier:
    """Sends approval requests and reminders to the consoles that people have open."""

    def __init__(
        self,
        emit: Emit,
        rooms: Callable[[str, Approval], tuple[str, ...]],
        reminded: Callable[[str, Approval, Urgency], tuple[str, ...]],
    ) -> None:
        self._emit = emit
        self._rooms = rooms
        self._reminded = reminded

    async def ask(self, org: str, approval: Approval) -> None:
        """Sends the request to those who may decide. Best effort; never raises."""
        content = approval.model_dump(mode="json", by_alias=True)
        for room in self._rooms(org, approval):
            await self._emit("approval:request", content, room)

    async def remind(self, org: str, approval: Approval, urgency: Urgency) -> None:
        """Sends a reminder. Best effort; never raises."""
        notification = Notification(
            kind=Occasion.APPROVAL_WAITS,
            mission_id=approval.mission_id,
            approval_id=approval.id,
            title=f"{approval.proposal.action.words} still waits for an answer",
            text=f"Risk {approval.risk.name}. It ends unanswered at {approval.decide_by:%H:%M:%S} UTC.",
            at=datetime.now(UTC),
            urgency=urgency,
        )
        content = notification.model_dump(mode="json", by_alias=True)
        for room in self._reminded(org, approval, urgency):
            await self._emit("notification", content, room)
