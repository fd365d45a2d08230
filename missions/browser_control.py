"""A person steers the agent's browser for a while: who holds which page is told by the events."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import Field

from missions.frozen_model import FrozenModel

if TYPE_CHECKING:
    from missions.event import Event

HELD_S = 120
"""So long one holds a page, in seconds, unless one takes it again."""


class BrowserInputKind(StrEnum):
    """What a hand does."""

    CLICK = "click"
    TYPE = "type"
    KEY = "key"
    SCROLL = "scroll"


class BrowserInput(FrozenModel):
    """One gesture. `x` and `y` are parts of the page's width and height; `dx` and `dy` are pixels.

    `text` may be a password: it is in no event, no audit entry and no log line.
    """

    gesture: BrowserInputKind
    x: float = 0
    y: float = 0
    dx: int = 0
    dy: int = 0
    key: str = ""
    text: str = Field(default="", repr=False)

    @property
    def told(self) -> dict[str, str | int | float]:
        """What the audit trail says of it."""
        match self.gesture:
            case BrowserInputKind.CLICK:
                return {"gesture": "click", "x": round(self.x, 3), "y": round(self.y, 3)}
            case BrowserInputKind.TYPE:
                return {"gesture": "type", "characters": len(self.text)}
            case BrowserInputKind.KEY:
                return {"gesture": "key", "pressed": self.key}
            case BrowserInputKind.SCROLL:
                return {"gesture": "scroll", "dx": self.dx, "dy": self.dy}


class BrowserControlTaken(FrozenModel):
    """A person holds a page's browser until then; `round` counts under the mission's lock."""

    kind: Literal["taken-over"] = "taken-over"
    target: str
    person: UUID
    name: str
    until: datetime
    round: int = 0

    @property
    def key(self) -> str:
        """The event's identity."""
        return f"taken-over/{self.round}"


class BrowserControlReturned(FrozenModel):
    """The person let go of it."""

    kind: Literal["given-back"] = "given-back"
    target: str
    person: UUID
    name: str
    round: int = 0

    @property
    def key(self) -> str:
        """The event's identity: there is one for each time it was taken."""
        return f"given-back/{self.round}"


def held_of(events: Iterable["Event"], now: datetime) -> BrowserControlTaken | None:
    """Who holds it now."""
    held: BrowserControlTaken | None = None
    for event in events:
        if isinstance(event.payload, BrowserControlTaken):
            held = event.payload
        if isinstance(event.payload, BrowserControlReturned):
            held = None
    return held if held is not None and held.until > now else None
