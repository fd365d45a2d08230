"""a dashboard knows its credentials, sealed, its version and how it is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0004_connectors"
down_revision = "org_0003_withdrawals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "connectors", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("connectors", sa.Column("sealed", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("connectors", sa.Column("health", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    # The worker notes how a dashboard is and seals anew; only the API registers, changes and deletes.
    op.execute("GRANT UPDATE (health, sealed) ON connectors TO ops_missions")
    op.execute("GRANT DELETE ON connectors TO ops_api")


def downgrade() -> None:
    op.execute("REVOKE DELETE ON connectors FROM ops_api")
    op.execute("REVOKE UPDATE (health, sealed) ON connectors FROM ops_missions")
    for column in ("health", "sealed", "version"):
        op.drop_column("connectors", column)
