"""an answer can be taken back and given anew, and a denial says what comes then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0003_withdrawals"
down_revision = "org_0002_hidden_missions"
branch_labels = None
depends_on = None

GRANTS = (
    "GRANT SELECT ON withdrawals TO ops_api, ops_missions, ops_actions",
    "GRANT INSERT ON withdrawals TO ops_api",
)


def upgrade() -> None:
    op.add_column("votes", sa.Column("round", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("votes", sa.Column("then", sa.Text(), nullable=True))
    op.drop_constraint(op.f("pk_votes"), "votes", type_="primary")
    op.create_primary_key(op.f("pk_votes"), "votes", ["approval_id", "person", "round"])
    op.create_table(
        "withdrawals",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["approval_id", "person", "round"],
            ["votes.approval_id", "votes.person", "votes.round"],
            name=op.f("fk_withdrawals_approval_id_person_round"),
        ),
        sa.PrimaryKeyConstraint("approval_id", "person", "round", name=op.f("pk_withdrawals")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawals"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_table("withdrawals")
    op.drop_constraint(op.f("pk_votes"), "votes", type_="primary")
    op.create_primary_key(op.f("pk_votes"), "votes", ["approval_id", "person"])
    op.drop_column("votes", "then")
    op.drop_column("votes", "round")
