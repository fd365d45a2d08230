"""what belongs to no organization has an audit trail too; a role of its own drops what is too old."""

from alembic import op

from migrations import audit_chain

revision = "shared_0004_audit_chain"
down_revision = "shared_0003_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ops_retention')"
        " THEN CREATE ROLE ops_retention NOLOGIN; END IF; END $$"
    )
    op.execute("GRANT USAGE ON SCHEMA shared TO ops_retention")
    op.execute("GRANT SELECT ON shared.orgs TO ops_retention, ops_missions")
    op.execute("SET LOCAL search_path TO shared, pg_temp")
    for statement in audit_chain.UP:
        op.execute(statement)
    op.execute("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    op.execute("SET LOCAL search_path TO shared, pg_temp")
    for statement in audit_chain.DOWN:
        op.execute(statement)
    op.execute("SET LOCAL search_path TO DEFAULT")
