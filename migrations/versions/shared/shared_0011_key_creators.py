"""an API key records who created it: that person takes part in whatever the key requests."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0011_key_creators"
down_revision = "shared_0010_invitation_ids"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("created_by", sa.Uuid(), nullable=True), schema="shared")
    op.create_foreign_key(
        "fk_api_keys_created_by",
        "api_keys",
        "people",
        ["created_by"],
        ["id"],
        source_schema="shared",
        referent_schema="shared",
    )


def downgrade() -> None:
    op.drop_column("api_keys", "created_by", schema="shared")
