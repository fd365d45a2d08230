"""an approval that asks a group first says when everybody was let in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0009_groups"
down_revision = "org_0008_gateway_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("widened_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.execute("GRANT UPDATE (widened_at) ON approvals TO ops_missions")


def downgrade() -> None:
    op.drop_column("approvals", "widened_at")
