"""the audit trail tells from where and what changed; only its own functions write it."""

from alembic import op

from migrations import audit_chain

revision = "org_0005_audit_chain"
down_revision = "org_0004_connectors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE audit_entries")
    op.execute("DROP TABLE audit_head")
    for statement in audit_chain.UP:
        op.execute(statement)
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO ops_retention', current_schema()); END $$"
    )


def downgrade() -> None:
    for statement in audit_chain.DOWN:
        op.execute(statement)
