"""The policy server's own approvals, in one SQLite file that a restart reads again."""

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
    """The action that needs an approval, in the order of the table's columns; `args` is JSON."""

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
    request: RequestedAction
    created_at: datetime
    expires_at: datetime
    status: GatewayStatus


class GatewayApprovalStore:
    """Opens one approval per key, and keeps the first decision. `file` may be `:memory:`."""

    def __init__(
        self,
        file: str,
        lifetime: timedelta = timedelta(hours=1),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._lifetime = lifetime
        self._now = now
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.execute(_TABLE)

    def open(self, key: str, request: RequestedAction) -> StoredApproval:
        """The approval of this key; the first call opens it."""
        now = self._now()
        times = (now.isoformat(), (now + self._lifetime).isoformat())
        values = (uuid4().hex, key, *vars(request).values(), *times, GatewayStatus.PENDING.value)
        self._connection.execute(
            f"INSERT OR IGNORE INTO approvals VALUES ({', '.join('?' * len(values))})",  # noqa: S608  question marks only
            values,
        )
        return self._select("key = ?", key)[0]

    def get(self, token: str) -> StoredApproval | None:
        """The approval as it is now; a pending one past its time has expired."""
        return next(iter(self._select("token = ?", token)), None)

    def pending(self) -> list[StoredApproval]:
        """The approvals that wait for a decision, oldest first."""
        approvals = self._select("status = ?", GatewayStatus.PENDING.value)
        return [approval for approval in approvals if approval.status is GatewayStatus.PENDING]

    def decide(self, token: str, status: GatewayStatus) -> bool:
        """Stores the decision; False where one was made before, or where the approval has expired."""
        update = "UPDATE approvals SET status = ? WHERE token = ? AND status = 'pending' AND expires_at > ?"
        values = (status.value, token, self._now().isoformat())
        return self._connection.execute(update, values).rowcount == 1

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _select(self, where: str, value: str) -> list[StoredApproval]:
        query = f"SELECT * FROM approvals WHERE {where} ORDER BY created_at"  # noqa: S608  `where` is one of the literals above
        return [self._approval(row) for row in self._connection.execute(query, (value,))]

    def _approval(self, row: tuple[str, ...]) -> StoredApproval:
        token, _, *request, created_at, expires_at, stored_status = row
        ends, status = datetime.fromisoformat(expires_at), GatewayStatus(stored_status)
        expired = status is GatewayStatus.PENDING and ends <= self._now()
        return StoredApproval(
            token=token,
            request=RequestedAction(*request),
            created_at=datetime.fromisoformat(created_at),
            expires_at=ends,
            status=GatewayStatus.EXPIRED if expired else status,
        )
