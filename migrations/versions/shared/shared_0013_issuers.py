"""links and invitations name who issued them, whose right is checked again when they are used."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0013_issuers"
down_revision = "shared_0012_membership_versions"
branch_labels = None
depends_on = None

TABLES = ("one_time_links", "invitations")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("issued_by", sa.Uuid(), nullable=True), schema="shared")
        op.create_foreign_key(
            f"fk_{table}_issued_by",
            table,
            "people",
            ["issued_by"],
            ["id"],
            source_schema="shared",
            referent_schema="shared",
        )
    # Nobody knows who issued the open ones, so nobody could check their right: they have to be made again.
    op.execute("UPDATE shared.invitations SET expires_at = clock_timestamp() WHERE used_at IS NULL")
    op.execute(
        "UPDATE shared.one_time_links SET expires_at = clock_timestamp()"
        " WHERE used_at IS NULL AND purpose = 'password'"
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "issued_by", schema="shared")
