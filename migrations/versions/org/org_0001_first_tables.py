"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0001"
down_revision = None
branch_labels = ("org",)
depends_on = None

# What each kind of process may do. The workflow's side opens approvals and cannot vote; the API
# votes and cannot consume; the executor consumes and nothing else. Only the owner changes what was written.
GRANTS = (
    "USAGE ON SCHEMA {schema} TO ops_api, ops_missions, ops_actions",
    "SELECT ON ALL TABLES IN SCHEMA {schema} TO ops_api, ops_missions",
    "INSERT ON missions, mission_events, steps, votes, connectors, audit_entries TO ops_api",
    "UPDATE ON missions, connectors, audit_head TO ops_api",
    "UPDATE (status, decided_at) ON approvals TO ops_api",
    "INSERT ON mission_events, steps, artifacts, approvals, audit_entries TO ops_missions",
    "UPDATE ON missions, audit_head TO ops_missions",
    "UPDATE (status) ON approvals TO ops_missions",
    "SELECT ON approvals, votes, intents, outcomes, audit_entries, audit_head TO ops_actions",
    "INSERT ON intents, outcomes, audit_entries TO ops_actions",
    "UPDATE ON audit_head TO ops_actions",
    "UPDATE (consumed_at, consumed_key) ON approvals TO ops_actions",
)
APPEND_ONLY = ("mission_events", "votes", "intents", "outcomes", "audit_entries")
REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "connectors",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connectors")),
        sa.UniqueConstraint("name", name=op.f("uq_connectors_name")),
    )
    op.create_table(
        "missions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requester", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("mission", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missions")),
        sa.UniqueConstraint(
            "requester", "idempotency_key", name=op.f("uq_missions_requester_idempotency_key")
        ),
    )
    op.create_index("ix_missions_requester_id", "missions", ["requester", "id"], unique=False)
    op.create_index("ix_missions_status_id", "missions", ["status", "id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("requester", sa.Uuid(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("action_hash", sa.Text(), nullable=False),
        sa.Column("decide_by", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("act_by", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("consumed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("consumed_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_approvals_mission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_mission_id"), "approvals", ["mission_id"], unique=False)
    op.create_index("ix_approvals_status_decide_by", "approvals", ["status", "decide_by"], unique=False)
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("ref", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_artifacts_mission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
    )
    op.create_index(op.f("ix_artifacts_mission_id"), "artifacts", ["mission_id"], unique=False)
    op.create_table(
        "mission_events",
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_mission_events_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "seq", name=op.f("pk_mission_events")),
        sa.UniqueConstraint("mission_id", "key", name=op.f("uq_mission_events_mission_id_key")),
    )
    op.create_table(
        "steps",
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_steps_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "seq", name=op.f("pk_steps")),
    )
    op.create_table(
        "intents",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("action", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_intents_approval_id")),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_intents")),
    )
    op.create_table(
        "votes",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("action_hash", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_votes_approval_id")),
        sa.PrimaryKeyConstraint("approval_id", "person", name=op.f("pk_votes")),
    )
    op.create_table(
        "outcomes",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["intents.approval_id"], name=op.f("fk_outcomes_approval_id")
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_outcomes")),
    )
    op.execute("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, repeat('0', 64))")
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
            + table
            + " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for grant in GRANTS:  # written without asking the database: a new organization's blueprint holds it
        statement = grant.format(schema="%1$I")
        op.execute("DO $$ BEGIN EXECUTE format('GRANT " + statement + "', current_schema()); END $$")


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_table("votes")
    op.drop_table("intents")
    op.drop_table("steps")
    op.drop_table("mission_events")
    op.drop_index(op.f("ix_artifacts_mission_id"), table_name="artifacts")
    op.drop_table("artifacts")
    op.drop_index("ix_approvals_status_decide_by", table_name="approvals")
    op.drop_index(op.f("ix_approvals_mission_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_index("ix_missions_status_id", table_name="missions")
    op.drop_index("ix_missions_requester_id", table_name="missions")
    op.drop_table("missions")
    op.drop_table("connectors")
    op.drop_table("audit_head")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION refuse_change")
