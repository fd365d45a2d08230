from enum import StrEnum

from pydantic import Field

from missions.frozen_model import FrozenModel


class LinkMode(StrEnum):
    """What the proxy does with a link's connections.

    `half_open` accepts connections and never answers; open ones stay open and forward nothing. `refuse`
    refuses new connections and leaves open ones alone. `cut` also resets the open ones.
    """

    FORWARD = "forward"
    HALF_OPEN = "half_open"
    REFUSE = "refuse"
    CUT = "cut"


class Toxics(FrozenModel):
    """What happens to the bytes of one direction. The default changes nothing.

    `share` is the part of the connections that is affected, drawn once for each connection.
    `reset_after_bytes` counts from the moment when the toxics were set.
    """

    latency_ms: float = Field(default=0.0, ge=0)
    jitter_ms: float = Field(default=0.0, ge=0)
    bandwidth_kib_s: float | None = Field(default=None, gt=0)
    reset_after_bytes: int | None = Field(default=None, ge=0)
    stopped: bool = False
    share: float = Field(default=1.0, ge=0, le=1)

    @property
    def harmless(self) -> bool:
        """Whether bytes are forwarded at once and unchanged."""
        delayed = self.latency_ms or self.jitter_ms or self.bandwidth_kib_s is not None
        return not delayed and self.reset_after_bytes is None and not self.stopped


class LinkToxics(FrozenModel):
    """The state of a link. `upstream` is from the caller to the callee, `downstream` back."""

    mode: LinkMode = LinkMode.FORWARD
    upstream: Toxics = Toxics()
    downstream: Toxics = Toxics()


class LinkStatus(FrozenModel):
    """The toxics of a link, its open connections, and what it has accepted, forwarded and reset so far."""

    toxics: LinkToxics
    connections: int
    accepted: int
    forwarded_bytes: int
    resets: int
