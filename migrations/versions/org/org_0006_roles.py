"""an organization's schema opens for its own roles only."""

from alembic import op

revision = "org_0006_roles"
down_revision = "org_0005_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT shared.tenant_roles(current_schema())")


def downgrade() -> None:
    for kind in ("api", "missions", "actions"):
        grant = "GRANT USAGE ON SCHEMA %I TO ops_" + kind
        op.execute("DO $$ BEGIN EXECUTE format('" + grant + "', current_schema()); END $$")
