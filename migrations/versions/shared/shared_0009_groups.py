"""members of an organization belong to groups, and an approval may ask one of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shared_0009_groups"
down_revision = "shared_0008_invitations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = postgresql.ARRAY(sa.Text())
    op.add_column(
        "memberships",
        sa.Column("groups", texts, server_default=sa.text("'{}'"), nullable=False),
        schema="shared",
    )
    op.execute("GRANT UPDATE (groups) ON shared.memberships TO ops_api")


def downgrade() -> None:
    op.drop_column("memberships", "groups", schema="shared")
