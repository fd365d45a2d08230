"""a mission can be hidden, and an event knows the request that it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "org_0002_hidden_missions"
down_revision = "org_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "missions", sa.Column("hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("mission_events", sa.Column("correlation_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("mission_events", "correlation_id")
    op.drop_column("missions", "hidden")
