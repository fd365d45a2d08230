"""people are invited into another organization; the executor sees which organizations are suspended."""

from alembic import op

revision = "shared_0008_invitations"
down_revision = "shared_0007_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE shared.invitations (
            digest text NOT NULL CONSTRAINT pk_invitations PRIMARY KEY,
            org text NOT NULL CONSTRAINT fk_invitations_org REFERENCES shared.orgs (slug),
            email text NOT NULL,
            roles text[] NOT NULL,
            services text[],
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        )""")
    op.execute("CREATE INDEX ix_invitations_org ON shared.invitations (org)")
    op.execute("GRANT SELECT, INSERT, UPDATE (expires_at, used_at) ON shared.invitations TO ops_api")
    op.execute("GRANT SELECT (slug, status) ON shared.orgs TO ops_actions")


def downgrade() -> None:
    op.execute("REVOKE SELECT (slug, status) ON shared.orgs FROM ops_actions")
    op.execute("DROP TABLE shared.invitations")
