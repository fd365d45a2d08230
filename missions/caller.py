from uuid import UUID

from missions.frozen_model import FrozenModel


class Device(FrozenModel):
    """A browser in which a person has signed in before; `account` is the SHA-256 of their address."""

    id: str
    person: UUID
    account: str


class Caller(FrozenModel):
    """The client of a request: its address as seen behind the trusted proxies, and its user agent.

    `device` is the browser, if somebody has signed in there before.
    """

    address: str = ""
    user_agent: str = ""
    device: Device | None = None


NOWHERE = Caller()
"""The caller of internal work."""
