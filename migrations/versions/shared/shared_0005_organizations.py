"""organizations are made, suspended and deleted; a role of its own in each for each kind of process."""

import sqlalchemy as sa
from alembic import op

from migrations import tenancy

revision = "shared_0005_organizations"
down_revision = "shared_0004_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    active = sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False)
    op.add_column("orgs", active, schema="shared")
    op.add_column("orgs", sa.Column("parent", sa.Text(), nullable=True), schema="shared")
    op.add_column("orgs", sa.Column("max_concurrent_missions", sa.Integer(), nullable=True), schema="shared")
    op.create_table(
        "org_blueprint",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("statements", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_blueprint")),
        schema="shared",
    )
    for statement in tenancy.UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP POLICY own ON shared.outbox")
    op.execute("ALTER TABLE shared.outbox DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER stamped ON shared.outbox")
    for function in ("stamp_org", "remove_org", "found_org", "tenant_roles", "tenant"):
        op.execute("DROP FUNCTION shared." + function)
    op.drop_table("org_blueprint", schema="shared")
    for column in ("max_concurrent_missions", "parent", "status"):
        op.drop_column("orgs", column, schema="shared")
