from missions.frozen_model import FrozenModel


class Caller(FrozenModel):
    """Where a request came from: an address behind the trusted proxies, and what the client calls itself."""

    address: str = ""
    user_agent: str = ""


NOWHERE = Caller()
"""For what happens inside."""
