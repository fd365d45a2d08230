import hashlib
from datetime import UTC, datetime
from typing import Any

from missions.frozen_model import FrozenModel

HIDDEN = "•••"
_SECRET = ("password", "secret", "token", "credential", "authorization", "cookie", "apikey", "totp")


class AuditEntry(FrozenModel):
    """What an actor did, from where, and what it changed. JSON fields are text, exactly as hashed."""

    seq: int
    at: datetime
    actor: str
    deed: str
    subject: str
    result: str
    ip: str
    user_agent: str
    correlation_id: str
    detail: str
    before: str
    after: str
    previous: str
    hash: str

    def digest(self, chain: str) -> str:
        """SHA-256 (hex) over the chain's name, the content and the hash of the entry before.

        Each part is written as `<bytes>:<text>`; the time in UTC with microseconds.
        """
        parts = (
            chain,
            str(self.seq),
            self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            self.actor,
            self.deed,
            self.subject,
            self.result,
            self.ip,
            self.user_agent,
            self.correlation_id,
            self.detail,
            self.before,
            self.after,
            self.previous,
        )
        return hashlib.sha256("".join(f"{len(part.encode())}:{part}" for part in parts).encode()).hexdigest()


def genesis(chain: str) -> str:
    """The previous hash of a chain's first entry."""
    return hashlib.sha256(f"audit/{chain}".encode()).hexdigest()


def masked(value: Any) -> Any:  # noqa: ANN401  JSON
    """The JSON with the values of all keys that look like secrets hidden."""
    match value:
        case dict():
            return {
                key: HIDDEN if _is_secret(str(key)) and content is not None else masked(content)
                for key, content in value.items()
            }
        case list() | tuple():
            return [masked(content) for content in value]
        case _:
            return value


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "").replace("_", "")
    return any(word in plain for word in _SECRET)
