"""Participants are stored beside a mission's events, and an approval is bound to them.

The executor reads these rows and not the events, which hold what pages showed. The earlier version did not
record the creators of a service account's keys: every administrator may have created them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0011_participants"
down_revision = "org_0010_one_event"
branch_labels = None
depends_on = None

FROM_EVENTS = """
INSERT INTO participants (mission_id, person, role, name, at)
SELECT event.mission_id, part.person, part.role, part.name, min(event.at)
FROM mission_events AS event
CROSS JOIN LATERAL (
    SELECT
        CASE event.payload ->> 'kind'
            WHEN 'created' THEN 'requester'
            WHEN 'steered' THEN 'steered'
            ELSE 'controlled-browser'
        END AS role,
        CAST(coalesce(event.payload #>> '{brief,requester}', event.payload #>> '{stand,person}',
            event.payload ->> 'person') AS uuid) AS person,
        coalesce(event.payload #>> '{brief,requesterName}', event.payload #>> '{stand,name}',
            event.payload ->> 'name') AS name
) AS part
WHERE event.payload ->> 'kind' IN ('created', 'steered', 'taken-over')
GROUP BY event.mission_id, part.person, part.role, part.name
ON CONFLICT DO NOTHING
"""
KEY_HOLDERS = """
INSERT INTO participants (mission_id, person, role, name, at)
SELECT DISTINCT part.mission_id, holder.id, 'holds-key', holder.name, part.at
FROM participants AS part
JOIN shared.people AS account ON account.id = part.person AND account.is_service
JOIN shared.memberships AS member
    ON member.org = replace(substring(current_schema() FROM '^org_(.+)$'), '_', '-')
    AND 'ADMIN' = ANY (member.roles)
JOIN shared.people AS holder ON holder.id = member.person_id AND NOT holder.is_service
ON CONFLICT DO NOTHING
"""
GRANTS = (
    "GRANT SELECT ON participants TO ops_api, ops_missions, ops_actions",
    "GRANT INSERT ON participants TO ops_api",
)


def upgrade() -> None:
    op.create_table(
        "participants",
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_participants_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "person", "role", name=op.f("pk_participants")),
    )
    op.add_column(
        "approvals",
        sa.Column("participants", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.execute(FROM_EVENTS)
    op.execute(KEY_HOLDERS)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON participants"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_column("approvals", "participants")
    op.drop_table("participants")
