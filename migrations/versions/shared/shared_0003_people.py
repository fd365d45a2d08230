"""how people prove who they are: sessions that renew themselves, one-time links, second factors, keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shared_0003_people"
down_revision = "shared_0002_admission"
branch_labels = None
depends_on = None

ACCOUNTS = "shared.refresh_tokens, shared.one_time_links, shared.totp, shared.passkeys, shared.api_keys"
GRANTS = (
    "GRANT INSERT ON shared.people, shared.memberships, shared.identities TO ops_api",
    "GRANT UPDATE (name, password_hash, version) ON shared.people TO ops_api",
    "GRANT UPDATE (roles, services, disabled_at) ON shared.memberships TO ops_api",
    "GRANT SELECT, INSERT, UPDATE ON " + ACCOUNTS + " TO ops_api",
    "GRANT DELETE ON shared.totp, shared.passkeys, shared.identities TO ops_api",
    "GRANT SELECT ON shared.identities TO ops_api",
    "GRANT SELECT, INSERT, DELETE ON shared.challenges TO ops_api",
)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org"], ["shared.orgs.slug"], name=op.f("fk_api_keys_org")),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_api_keys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        schema="shared",
    )
    op.create_index(op.f("ix_api_keys_person_id"), "api_keys", ["person_id"], unique=False, schema="shared")
    op.create_table(
        "challenges",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_challenges_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_challenges")),
        schema="shared",
    )
    op.create_index(
        op.f("ix_challenges_expires_at"), "challenges", ["expires_at"], unique=False, schema="shared"
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_identities_person_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
        schema="shared",
    )
    op.create_index(
        op.f("ix_identities_person_id"), "identities", ["person_id"], unique=False, schema="shared"
    )
    op.create_table(
        "one_time_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org"], ["shared.orgs.slug"], name=op.f("fk_one_time_links_org")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["shared.people.id"], name=op.f("fk_one_time_links_person_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_links")),
        schema="shared",
    )
    op.create_index(
        op.f("ix_one_time_links_person_id"), "one_time_links", ["person_id"], unique=False, schema="shared"
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_passkeys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
        schema="shared",
    )
    op.create_index(op.f("ix_passkeys_person_id"), "passkeys", ["person_id"], unique=False, schema="shared")
    op.create_table(
        "totp",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["shared.people.id"], name=op.f("fk_totp_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_totp")),
        schema="shared",
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["shared.sessions.id"], name=op.f("fk_refresh_tokens_session_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_tokens")),
        schema="shared",
    )
    op.create_index(
        op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"], unique=False, schema="shared"
    )
    op.add_column(
        "memberships", sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=True), schema="shared"
    )
    op.add_column(
        "memberships",
        sa.Column("disabled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        schema="shared",
    )
    op.alter_column("people", "password_hash", existing_type=sa.TEXT(), nullable=True, schema="shared")
    op.add_column(
        "sessions",
        sa.Column(
            "authenticated_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        schema="shared",
    )
    op.add_column(
        "sessions",
        sa.Column(
            "seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        schema="shared",
    )
    op.add_column(
        "sessions",
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="shared",
    )
    op.add_column(
        "sessions",
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="shared",
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_column("sessions", "user_agent", schema="shared")
    op.drop_column("sessions", "address", schema="shared")
    op.drop_column("sessions", "seen_at", schema="shared")
    op.drop_column("sessions", "authenticated_at", schema="shared")
    op.alter_column("people", "password_hash", existing_type=sa.TEXT(), nullable=False, schema="shared")
    op.drop_column("memberships", "disabled_at", schema="shared")
    op.drop_column("memberships", "services", schema="shared")
    op.drop_index(op.f("ix_refresh_tokens_session_id"), table_name="refresh_tokens", schema="shared")
    op.drop_table("refresh_tokens", schema="shared")
    op.drop_table("totp", schema="shared")
    op.drop_index(op.f("ix_passkeys_person_id"), table_name="passkeys", schema="shared")
    op.drop_table("passkeys", schema="shared")
    op.drop_index(op.f("ix_one_time_links_person_id"), table_name="one_time_links", schema="shared")
    op.drop_table("one_time_links", schema="shared")
    op.drop_index(op.f("ix_identities_person_id"), table_name="identities", schema="shared")
    op.drop_table("identities", schema="shared")
    op.drop_index(op.f("ix_challenges_expires_at"), table_name="challenges", schema="shared")
    op.drop_table("challenges", schema="shared")
    op.drop_index(op.f("ix_api_keys_person_id"), table_name="api_keys", schema="shared")
    op.drop_table("api_keys", schema="shared")
