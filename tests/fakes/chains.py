"""The audit chain of the tests' organization."""

from datetime import UTC, datetime

from served_api import ORG

from stores.postgres.audit.verification import Chain, verify
from stores.postgres.database import Database

MONTH = f"audit_entries_{datetime.now(UTC):%Y_%m}"
OPEN, SHUT = (
    (
        f"ALTER TABLE {MONTH} {verb} TRIGGER append_only",
        f"ALTER TABLE audit_entries {verb} TRIGGER append_only",
    )
    for verb in ("DISABLE", "ENABLE")
)
"""Statements that make the trail writable for a test, and read-only again."""


async def first_bad_entry(database: Database) -> int | None:
    """Its first bad entry, without checkpoints."""
    bad = (await verify(database, Chain(ORG))).bad
    return None if bad is None else bad.seq
