from collections.abc import Awaitable, Callable
from typing import Any

from missions.approval import Approval

Emit = Callable[[str, dict[str, Any], str], Awaitable[None]]
"""Sends an event with its content to a room; never raises."""


class SocketNotifier:
    """Asks those who may decide, and tells the owner, in the pages that they have open."""

    def __init__(self, emit: Emit, rooms: Callable[[str, Approval], tuple[str, ...]]) -> None:
        self._emit = emit
        self._rooms = rooms

    async def ask(self, org: str, approval: Approval) -> None:
        """Best effort; never raises."""
        content = approval.model_dump(mode="json", by_alias=True)
        for room in self._rooms(org, approval):
            await self._emit("approval:request", content, room)
