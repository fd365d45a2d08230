"""Steps are computed from events: their table goes, and a mission keeps the title of its last event.

The title is what missions/event_text.py makes of the event of this version. A downgrade creates the table
without its rows: the older version shows the steps of later events only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "org_0010_one_event"
down_revision = "org_0009_groups"
branch_labels = None
depends_on = None

VARIANT = """
CASE event.payload ->> 'kind'
    WHEN 'planned' THEN
        CASE WHEN jsonb_array_length(event.payload #> '{plan,targets}') = 1 THEN 'one' ELSE '' END
    WHEN 'hypothesized' THEN CASE WHEN event.payload ->> 'pages' = '1' THEN 'one' ELSE '' END
    WHEN 'steered' THEN event.payload #>> '{stand,stance}'
    WHEN 'approval-opened' THEN
        CASE WHEN event.payload ->> 'status' <> 'PENDING' THEN 'rule'
             WHEN event.payload ->> 'quorum' = '1' THEN 'one' ELSE '' END
    WHEN 'decided' THEN
        CASE WHEN event.payload ->> 'answer' = 'DENIED' AND event.payload ->> 'then' = 'next'
             THEN 'denied-next' ELSE lower(event.payload ->> 'answer') END
    WHEN 'approval-reminded' THEN event.payload ->> 'urgency'
    WHEN 'approval-closed' THEN lower(event.payload ->> 'status')
    WHEN 'acted' THEN CASE WHEN event.payload #>> '{receipt,applied}' = 'true' THEN 'done' ELSE 'refused' END
    ELSE ''
END
"""
VALUES = """
CASE event.payload ->> 'kind'
    WHEN 'created' THEN jsonb_build_object('name', event.payload #> '{brief,requesterName}')
    WHEN 'planned' THEN jsonb_build_object('pages', jsonb_array_length(event.payload #> '{plan,targets}'))
    WHEN 'observed' THEN jsonb_build_object(
        'page', event.payload #> '{sighting,title}', 'phase', event.payload #> '{sighting,phase}')
    WHEN 'hypothesized' THEN jsonb_build_object('pages', event.payload -> 'pages')
    WHEN 'steered' THEN jsonb_build_object(
        'name', event.payload #> '{stand,name}', 'service', event.payload #> '{stand,service}')
    WHEN 'diagnosed' THEN jsonb_build_object('verdict', event.payload #> '{diagnosis,verdict}')
    WHEN 'proposed' THEN jsonb_build_object('action', coalesce(
        regexp_replace(mission.mission ->> 'currentStep', '^Proposed[:] ', ''),
        concat_ws(' ', event.payload #>> '{proposal,action,kind}',
            event.payload #>> '{proposal,action,service}')))
    WHEN 'approval-opened' THEN
        CASE WHEN event.payload ->> 'status' = 'PENDING'
             THEN jsonb_build_object('people', event.payload -> 'quorum')
             ELSE jsonb_build_object('rule', event.payload -> 'rule') END
    WHEN 'verified' THEN jsonb_build_object('recovery', event.payload #> '{verification,recovery}')
    WHEN 'closed' THEN jsonb_build_object('outcome', event.payload -> 'outcome')
    ELSE CASE WHEN event.payload ? 'name' THEN jsonb_build_object('name', event.payload -> 'name')
              ELSE '{}' END
END
"""
LAST_EVENTS = f"""
UPDATE missions AS mission
SET mission = mission.mission - 'currentStep' || jsonb_build_object(
    'lastEvent',
    jsonb_build_object('kind', event.payload -> 'kind', 'variant', {VARIANT}, 'values', {VALUES})
)
FROM mission_events AS event
WHERE event.mission_id = mission.id AND event.seq = mission.last_seq
"""
GRANTS = (
    "GRANT SELECT ON steps TO ops_api, ops_missions",
    "GRANT INSERT ON steps TO ops_api, ops_missions",
)


def upgrade() -> None:
    op.execute(LAST_EVENTS)
    op.drop_table("steps")


def downgrade() -> None:
    op.create_table(
        "steps",
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["mission_id"], ["missions.id"], name=op.f("fk_steps_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "seq", name=op.f("pk_steps")),
    )
    for grant in GRANTS:
        op.execute(grant)
