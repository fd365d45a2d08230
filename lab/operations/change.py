"""The record of what operators changed, as `ops` writes it."""

import json
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("ssh", "deployer")
"""The callers that are the product: it has no other ways to the lab."""


@dataclass(frozen=True)
class Change:
    """A line of changes.jsonl. `kind`: deploy, rollback, restart, scale; `key`: the approval's id, if any.

    `who` is `ssh` or `deployer` for the product's actions, `lab` for the lab's own.
    """

    time: float
    service: str
    kind: str
    who: str
    revision: int | None = None
    version: str | None = None
    replicas: int | None = None
    key: str | None = None


def read_changes(path: Path, since: float = 0.0) -> list[Change]:
    """The changes from this time (epoch seconds) on, oldest first. Empty without a record."""
    if not path.exists():
        return []
    changes = (Change(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
    return [change for change in changes if change.time >= since]
