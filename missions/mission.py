from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import computed_field

from missions.event_text import EventTitle
from missions.frozen_model import FrozenModel


class Status(StrEnum):
    """The status of a mission. COMPLETED says that it ran to its end; its Outcome says which end."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return not _NEXT[self]

    def may_become(self, other: "Status") -> bool:
        """Whether `other` may follow; staying is always allowed."""
        return other is self or other in _NEXT[self]


_ENDS = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
_NEXT: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING}) | _ENDS,
    Status.RUNNING: frozenset({Status.AWAITING_APPROVAL}) | _ENDS,
    Status.AWAITING_APPROVAL: frozenset({Status.RUNNING}) | _ENDS,
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class Priority(StrEnum):
    """How urgent a mission is; the order of declaration is the order of rank."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for the least urgent."""
        return tuple(Priority).index(self)


class Outcome(StrEnum):
    """How a mission ended. RELAPSED: it ended as recovered, and a later look saw the incident again."""

    RECOVERED = "recovered"
    STILL_BAD_ELSEWHERE = "still_bad_elsewhere"
    NOT_RECOVERED = "not_recovered"
    RELAPSED = "relapsed"
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    INCONCLUSIVE = "inconclusive"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    DENIED = "denied"
    EXPIRED = "expired"
    NOT_DONE = "not_done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    QUARANTINED = "quarantined"


FOREIGN = "MissionForeign"
"""The error type of a workflow that belongs to no mission."""


class Brief(FrozenModel):
    """The input of MissionWorkflow: what an operator asked for."""

    mission_id: UUID
    org: str
    prompt: str
    requester: UUID
    requester_name: str
    priority: Priority = Priority.NORMAL
    dashboard_url: str | None = None
    dashboard_type: str | None = None
    link: str = ""
    timeout: timedelta = timedelta(hours=2)
    correlation_id: str = ""


class Mission(FrozenModel):
    """The projection of a mission's events that every client sees.

    `last_event` holds only what a title needs: lists show it, and reading the last event of each row would
    cost a query and a payload of up to some 100 kB. `looks_again_at` is when a later look confirms or reopens
    the outcome: until then it is the outcome so far.
    """

    id: UUID
    title: str
    prompt: str
    status: Status
    priority: Priority
    requester: UUID
    requester_name: str
    outcome: Outcome | None = None
    summary: str | None = None
    verdict: str | None = None
    service: str | None = None
    risk: str | None = None
    approval_id: UUID | None = None
    last_event: EventTitle | None = None
    last_seq: int = 0
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    hidden_at: datetime | None = None
    looks_again_at: datetime | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def current_step(self) -> str | None:
        """The last event's title in English, for clients of the contract. Computed, never stored."""
        return self.last_event.text if self.last_event else None


class Quota(FrozenModel):
    """How many missions a person may still start this hour, and if none, when the next one is possible."""

    per_hour: int
    left: int
    reopens_in_s: int | None = None


def title_of(prompt: str) -> str:
    """The first sentence of a prompt, at most 80 characters."""
    lines = prompt.strip().splitlines() or ["untitled"]
    first = lines[0].split(". ")[0].rstrip(".")
    return first if len(first) <= 80 else first[:79] + "…"  # noqa: PLR2004  a title's length, said above
