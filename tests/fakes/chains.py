"""The audit chain of the tests' organization."""

from served_api import ORG

from stores.postgres.audit_verification import Chain, verify
from stores.postgres.database import Database


async def first_bad_entry(database: Database) -> int | None:
    """Its first bad entry, without checkpoints."""
    bad = (await verify(database, Chain(ORG))).bad
    return None if bad is None else bad.seq
