"""The gateway's own approvals, in one SQLite file: a restart forgets none."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from missions.approval import GatewayStatus

_TABLE = """CREATE TABLE IF NOT EXISTS approvals (
    token TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL, tool TEXT NOT NULL, action TEXT NOT NULL,
    severity TEXT NOT NULL, caller TEXT NOT NULL, args TEXT NOT NULL, reason TEXT NOT NULL,
    rule TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, status TEXT NOT NULL
)"""


@dataclass(frozen=True)
class RequestedAction:
    """What somebody is to agree to; `args` is JSON."""

    tool: str
    action: str
    severity: str
    caller: str
    args: str
    reason: str
    rule: str


@dataclass(frozen=True)
class StoredApproval:
    """One approval. `expires_at` and `created_at` in UTC."""

    token: str
    question: RequestedAction
    created_at: datetime
    expires_at: datetime
    status: GatewayStatus


class ApprovalBook:
    """Opens approvals once by key, and keeps the first answer. `file` may be `:memory:`."""

    def __init__(
        self,
        file: str,
        lasts: timedelta = timedelta(hours=1),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._lasts = lasts
        self._now = now
        self._base = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._base.execute(_TABLE)

    def open(self, key: str, question: RequestedAction) -> StoredApproval:
        """The approval of this key, opened by the first who asks."""
        now = self._now()
        told = (uuid4().hex, key, *vars(question).values(), now.isoformat())
        values = (*told, (now + self._lasts).isoformat(), GatewayStatus.PENDING.value)
        self._base.execute(f"INSERT OR IGNORE INTO approvals VALUES ({', '.join('?' * 12)})", values)  # noqa: S608  question marks only
        return self._pages("key = ?", key)[0]

    def get(self, token: str) -> StoredApproval | None:
        """As it is now; what waits beyond its time has expired."""
        return next(iter(self._pages("token = ?", token)), None)

    def pending(self) -> list[StoredApproval]:
        """Those that wait, oldest first."""
        waiting = self._pages("status = ?", GatewayStatus.PENDING.value)
        return [page for page in waiting if page.status is GatewayStatus.PENDING]

    def decide(self, token: str, status: GatewayStatus) -> bool:
        """Whether this was the answer: the first one stands, and none comes after the time."""
        answer = "UPDATE approvals SET status = ? WHERE token = ? AND status = 'pending' AND expires_at > ?"
        return self._base.execute(answer, (status.value, token, self._now().isoformat())).rowcount == 1

    def close(self) -> None:
        """Gives the file back."""
        self._base.close()

    def _pages(self, where: str, value: str) -> list[StoredApproval]:
        query = f"SELECT * FROM approvals WHERE {where} ORDER BY created_at"  # noqa: S608  written above
        return [self._page(row) for row in self._base.execute(query, (value,))]

    def _page(self, row: tuple[str, ...]) -> StoredApproval:
        token, _, *question, created_at, expires_at, status = row
        ends, stands = datetime.fromisoformat(expires_at), GatewayStatus(status)
        over = stands is GatewayStatus.PENDING and ends <= self._now()
        return StoredApproval(
            token=token,
            question=RequestedAction(*question),
            created_at=datetime.fromisoformat(created_at),
            expires_at=ends,
            status=GatewayStatus.EXPIRED if over else stands,
        )
