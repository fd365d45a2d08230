"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shared_0001"
down_revision = None
branch_labels = ("shared",)
depends_on = None

GROUPS = ("ops_api", "ops_missions", "ops_actions")  # one per kind of process; logins belong to exactly one
GRANTS = (
    "GRANT USAGE ON SCHEMA shared TO ops_api, ops_missions, ops_actions",
    "GRANT SELECT ON shared.orgs, shared.people, shared.memberships TO ops_api",
    "GRANT SELECT, INSERT, UPDATE ON shared.sessions TO ops_api",
    "GRANT SELECT, INSERT, DELETE ON shared.outbox TO ops_api",
    "GRANT SELECT, UPDATE, DELETE ON shared.outbox TO ops_missions",
    "GRANT SELECT ON shared.memberships TO ops_actions",  # who agreed must still hold the right
)


def upgrade() -> None:
    op.create_table(
        "orgs",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_orgs")),
        schema="shared",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "due_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="shared",
    )
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"], unique=False, schema="shared")
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_service", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
        schema="shared",
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["org"], ["shared.orgs.slug"], name=op.f("fk_memberships_org")),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("person_id", "org", name=op.f("pk_memberships")),
        schema="shared",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org"], ["shared.orgs.slug"], name=op.f("fk_sessions_org")),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        schema="shared",
    )
    op.create_index(op.f("ix_sessions_person_id"), "sessions", ["person_id"], unique=False, schema="shared")
    for group in GROUPS:
        op.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '" + group + "')"
            " THEN CREATE ROLE " + group + " NOLOGIN; END IF; END $$"
        )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_index(op.f("ix_sessions_person_id"), table_name="sessions", schema="shared")
    op.drop_table("sessions", schema="shared")
    op.drop_table("memberships", schema="shared")
    op.drop_table("people", schema="shared")
    op.drop_index(op.f("ix_outbox_due_at"), table_name="outbox", schema="shared")
    op.drop_table("outbox", schema="shared")
    op.drop_table("orgs", schema="shared")
