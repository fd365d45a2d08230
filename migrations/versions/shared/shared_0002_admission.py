"""the outbox knows which missions wait for their turn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shared_0002_admission"
down_revision = "shared_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox",
        sa.Column("rank", sa.Integer(), server_default=sa.text("0"), nullable=False),
        schema="shared",
    )
    op.add_column(
        "outbox",
        sa.Column("admitted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        schema="shared",
    )
    op.create_index("ix_outbox_mission_id", "outbox", ["mission_id"], unique=False, schema="shared")
    # What was written before has been told to Temporal already, or is about to be.
    op.execute("UPDATE shared.outbox SET admitted_at = clock_timestamp()")
    op.execute("GRANT UPDATE (admitted_at, due_at, attempts) ON shared.outbox TO ops_api")


def downgrade() -> None:
    op.drop_index("ix_outbox_mission_id", table_name="outbox", schema="shared")
    op.drop_column("outbox", "admitted_at", schema="shared")
    op.drop_column("outbox", "rank", schema="shared")
