"""Remote control of a mission's browser by a person. The events say who controls which page."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import Field

from missions.frozen_model import FrozenModel

if TYPE_CHECKING:
    from missions.event import Event

CONTROL_S = 120
"""Seconds after which control of a page ends, unless it is taken again."""


class BrowserInputKind(StrEnum):
    """The kind of one input."""

    CLICK = "click"
    TYPE = "type"
    KEY = "key"
    SCROLL = "scroll"


class BrowserInput(FrozenModel):
    """One input. `x` and `y` are fractions of the page's width and height; `dx` and `dy` are pixels.

    `text` may be a password: it never enters events, audit entries or logs.
    """

    gesture: BrowserInputKind
    x: float = 0
    y: float = 0
    dx: int = 0
    dy: int = 0
    key: str = ""
    text: str = Field(default="", repr=False)

    @property
    def audit_details(self) -> dict[str, str | int | float]:
        """What the audit trail records of it."""
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
    """A person controls a page's browser until `until`; `round` counts under the mission's lock."""

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
    """The person returned control."""

    kind: Literal["given-back"] = "given-back"
    target: str
    person: UUID
    name: str
    round: int = 0

    @property
    def key(self) -> str:
        """The event's identity: one for each time that control was taken."""
        return f"given-back/{self.round}"


def control_of(events: Iterable["Event"], now: datetime) -> BrowserControlTaken | None:
    """The control that is active at `now`, if any."""
    control: BrowserControlTaken | None = None
    for event in events:
        if isinstance(event.payload, BrowserControlTaken):
            control = event.payload
        if isinstance(event.payload, BrowserControlReturned):
            control = None
    return control if control is not None and control.until > now else None
