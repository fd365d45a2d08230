"""what a gateway says of its own approval is kept beside ours."""

import sqlalchemy as sa
from alembic import op

revision = "org_0008_gateway_approvals"
down_revision = "org_0007_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("gateway", sa.Text(), nullable=True))
    op.add_column("approvals", sa.Column("veto", sa.Text(), nullable=True))
    op.execute("GRANT UPDATE (gateway, veto) ON approvals TO ops_missions")


def downgrade() -> None:
    op.drop_column("approvals", "veto")
    op.drop_column("approvals", "gateway")
