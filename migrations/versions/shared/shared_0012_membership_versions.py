"""a change of a member's rights ends their access tokens for this organization only."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0012_membership_versions"
down_revision = "shared_0011_key_creators"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "memberships",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        schema="shared",
    )
    op.execute("GRANT UPDATE (version) ON shared.memberships TO ops_api")


def downgrade() -> None:
    op.drop_column("memberships", "version", schema="shared")
