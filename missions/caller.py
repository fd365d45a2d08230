from missions.frozen_model import FrozenModel


class Caller(FrozenModel):
    """The client of a request: its address as seen behind the trusted proxies, and its user agent."""

    address: str = ""
    user_agent: str = ""


NOWHERE = Caller()
"""The caller of internal work."""
