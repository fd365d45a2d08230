"""an open invitation has a name, by which it is revoked: its digest stays with us."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0010_invitation_ids"
down_revision = "shared_0009_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invitations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        schema="shared",
    )
    op.create_unique_constraint("uq_invitations_id", "invitations", ["id"], schema="shared")


def downgrade() -> None:
    op.drop_column("invitations", "id", schema="shared")
