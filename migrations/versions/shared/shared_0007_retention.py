"""the missions worker drops old months of the audit trails, as the role that may."""

from alembic import op

revision = "shared_0007_retention"
down_revision = "shared_0006_executor"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not inherited: only a transaction that becomes this role can drop.
    op.execute("GRANT ops_retention TO ops_missions_tenants WITH INHERIT FALSE, SET TRUE")


def downgrade() -> None:
    op.execute("REVOKE ops_retention FROM ops_missions_tenants")
