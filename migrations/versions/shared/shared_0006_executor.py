"""the executor applies the whole rule of who may decide: it sees which people are service accounts."""

from alembic import op

revision = "shared_0006_executor"
down_revision = "shared_0005_organizations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT (id, is_service) ON shared.people TO ops_actions")


def downgrade() -> None:
    op.execute("REVOKE SELECT (id, is_service) ON shared.people FROM ops_actions")
