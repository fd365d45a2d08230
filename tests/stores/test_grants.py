"""Statements that each process's login, or every login, must not be able to execute."""

import pytest
from served_api import ORG, Urls
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stories import Story

from stores.postgres.database import Database

VOTE = (
    "INSERT INTO votes (approval_id, person, name, answer, notes, action_hash)"
    " SELECT id, requester, 'x', 'APPROVED', '', action_hash FROM approvals"
)
PARTICIPANT = (
    "INSERT INTO participants (mission_id, person, role, name)"
    " SELECT id, uuidv7(), 'steered', 'x' FROM missions"
)
MISSION = (
    "INSERT INTO missions (id, status, requester, created_at, mission)"
    " VALUES (uuidv7(), 'PENDING', uuidv7(), now(), '{}')"
)
REFUSED = [
    ("missions", VOTE),
    ("missions", PARTICIPANT),
    ("missions", "UPDATE approvals SET participants = '[]'"),
    ("missions", "UPDATE approvals SET decided_at = now()"),
    ("missions", "UPDATE approvals SET consumed_at = now()"),
    ("missions", "UPDATE approvals SET action_hash = 'x'"),
    ("missions", "UPDATE approvals SET quorum = 0"),
    ("missions", "INSERT INTO intents (approval_id, action) SELECT id, '{}' FROM approvals"),
    ("missions", "INSERT INTO connectors (name, type, base_url, config) VALUES ('x', 'y', 'z', '{}')"),
    ("missions", "UPDATE shared.memberships SET roles = '{ADMIN}'"),
    ("missions", "SELECT password_hash FROM shared.people"),
    ("missions", "SELECT * FROM shared.sessions"),
    ("missions", "INSERT INTO shared.outbox (org, kind, mission_id, body) VALUES ('x', 'y', uuidv7(), '{}')"),
    ("api", "UPDATE approvals SET consumed_at = now()"),
    ("api", "UPDATE approvals SET action_hash = 'x'"),
    ("api", "UPDATE approvals SET participants = '[]'"),
    ("api", "UPDATE approvals SET decide_by = now() + interval '1 day'"),
    ("api", "INSERT INTO intents (approval_id, action) SELECT id, '{}' FROM approvals"),
    ("api", "DELETE FROM missions"),
    ("api", "DELETE FROM approvals"),
    ("api", "UPDATE shared.people SET email = 'x'"),
    ("api", "UPDATE shared.people SET is_service = false"),
    ("api", "DELETE FROM shared.people"),
    ("api", "DELETE FROM shared.memberships"),
    ("api", "DELETE FROM shared.sessions"),
    ("missions", "SELECT * FROM shared.refresh_tokens"),
    ("missions", "SELECT * FROM shared.one_time_links"),
    ("missions", "SELECT * FROM shared.totp"),
    ("actions", MISSION),
    ("actions", PARTICIPANT),
    ("actions", "UPDATE approvals SET participants = '[]'"),
    ("actions", "SELECT * FROM mission_events"),
    ("actions", "SELECT * FROM shared.api_keys"),
    ("actions", VOTE),
    ("actions", "UPDATE approvals SET status = 'APPROVED'"),
    ("actions", "UPDATE approvals SET action_hash = 'x'"),
    ("actions", "SELECT * FROM shared.people"),
    ("actions", "SELECT * FROM shared.outbox"),
    ("api", "UPDATE shared.orgs SET parent = NULL"),
    ("api", "UPDATE shared.orgs SET deleted_at = now()"),
    ("api", "INSERT INTO shared.orgs (slug, name) VALUES ('x', 'y')"),
    ("api", "UPDATE shared.mission_starts SET at = now() - interval '1 day'"),
    ("api", "SELECT shared.drop_trail('x', 90)"),
    ("missions", "SELECT shared.drop_trail('x', 90)"),
    ("missions", "SELECT shared.found_org('x', 'y', 'demo', 1)"),
    ("missions", "SELECT shared.remove_org('x')"),
    ("missions", "UPDATE shared.orgs SET max_concurrent_missions = 100"),
    ("missions", "SELECT * FROM shared.mission_starts"),
    ("actions", "SELECT * FROM shared.mission_starts"),
    *(
        (role, change)
        for role in ("api", "missions", "actions", "owner")
        for table, column in (
            ("mission_events", "actor"),
            ("audit_entries", "actor"),
            ("votes", "name"),
            ("withdrawals", "reason"),
            ("participants", "name"),
        )
        for change in (
            f"UPDATE {table} SET {column} = 'x'",  # noqa: S608  our own names
            f"DELETE FROM {table}",  # noqa: S608  our own names
            f"TRUNCATE {table} CASCADE",
        )
    ),
]


DENIED = r"permission denied|append-only"


async def run(database: Database, statement: str) -> None:
    async with database.transaction(ORG) as session:
        await session.execute(text(statement))


async def test_each_login_does_its_own_part_only(story: Story, urls: Urls) -> None:
    """All other statements are denied; append-only tables refuse even their owner."""
    await story.asked()  # so that every statement would find a row
    for role in ("api", "missions", "actions", "owner"):
        database = Database(getattr(urls, role), pool_size=1)
        for statement in (change for login, change in REFUSED if login == role):
            with pytest.raises(ProgrammingError, match=DENIED):
                await run(database, statement)
        await database.close()
