"""founded organizations share their founder's maximum, and the trail of a deleted one is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import tenancy

revision = "shared_0014_organizations"
down_revision = "shared_0013_issuers"
branch_labels = None
depends_on = None

# Only first organizations found others from now on, so those founded by a founded one move up to the first.
# What they had was never granted by it: they get a share of 1.
ADOPT = """
WITH RECURSIVE first AS (
    SELECT slug AS root, slug, 0 AS depth FROM shared.orgs WHERE parent IS NULL
    UNION ALL
    SELECT first.root, child.slug, depth + 1 FROM first JOIN shared.orgs child ON child.parent = first.slug
)
UPDATE shared.orgs SET parent = first.root, max_concurrent_missions = 1
FROM first WHERE first.slug = orgs.slug AND first.depth > 1
"""
# Until now each had the installation's maximum (3 by default) for itself. Nobody runs less after the upgrade.
CHILDREN = """
UPDATE shared.orgs SET max_concurrent_missions = 3
WHERE parent IS NOT NULL AND max_concurrent_missions IS NULL
"""
FOUNDERS = """
UPDATE shared.orgs SET max_concurrent_missions = coalesce(max_concurrent_missions, 3) + granted
FROM (
    SELECT parent AS founder, sum(max_concurrent_missions) AS granted FROM shared.orgs
    WHERE status <> 'DELETED' GROUP BY parent
) AS children WHERE slug = founder
"""
FOUND = """
CREATE FUNCTION shared.found_org(wanted text, title text, founder text, share integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, pg_temp AS $$
DECLARE
    place text := 'org_' || replace(wanted, '-', '_');
    plan text;
BEGIN
    IF wanted !~ '^[a-z][a-z0-9-]{1,30}$' THEN
        RAISE EXCEPTION 'not a name of an organization' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM shared.orgs WHERE slug = founder AND parent IS NULL) THEN
        RAISE EXCEPTION 'only a first organization founds others' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO shared.orgs (slug, name, parent, max_concurrent_missions)
        VALUES (wanted, title, founder, share);
    SELECT statements INTO STRICT plan FROM shared.org_blueprint;
    EXECUTE format('CREATE SCHEMA %I', place);
    PERFORM set_config('search_path', format('%I, pg_temp', place), true);
    EXECUTE plan;
END $$
"""
# Everything goes but the audit trail. The lock waits for missions that are being stored: they are open, and
# their messages are deleted with the others. The trigger is made before the head is read: it waits for the
# transactions that append, and later ones fail, so the last entry that is returned stays the last one.
REMOVE = """
CREATE FUNCTION shared.remove_org(wanted text, OUT last_seq bigint, OUT last_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, pg_temp AS $$
DECLARE
    place text := 'org_' || replace(wanted, '-', '_');
    part text;
    kind text;
    is_open boolean;
BEGIN
    UPDATE shared.orgs SET status = 'DELETED', name = '', deleted_at = clock_timestamp()
        WHERE slug = wanted AND status = 'SUSPENDED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a suspended organization is deleted' USING ERRCODE = 'check_violation';
    END IF;
    EXECUTE format('LOCK TABLE %I.missions', place);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.missions'
        ' WHERE status NOT IN (''COMPLETED'', ''FAILED'', ''CANCELLED''))', place) INTO is_open;
    IF is_open THEN
        RAISE EXCEPTION 'missions of the organization have not ended'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    DELETE FROM shared.outbox WHERE org = wanted;
    DELETE FROM shared.memberships WHERE org = wanted;
    FOR part IN
        SELECT relname FROM pg_class WHERE relnamespace = place::regnamespace AND relkind IN ('r', 'p')
            AND NOT relispartition AND relname NOT IN ('audit_entries', 'audit_head') ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I.%I CASCADE', place, part);
    END LOOP;
    EXECUTE format('CREATE TRIGGER closed BEFORE INSERT ON %1$I.audit_entries FOR EACH ROW'
        ' WHEN (NEW.deed <> ''audit.dropped'') EXECUTE FUNCTION %1$I.refuse_change()', place);
    EXECUTE format('SELECT seq, hash FROM %I.audit_head', place) INTO STRICT last_seq, last_hash;
    FOREACH kind IN ARRAY ARRAY['api', 'missions', 'actions'] LOOP
        BEGIN
            EXECUTE format('DROP OWNED BY %I', place || '_' || kind);
            EXECUTE format('DROP ROLE %I', place || '_' || kind);
        EXCEPTION WHEN dependent_objects_still_exist OR undefined_object THEN
            NULL;  -- another database of this server has an organization of this name
        END;
    END LOOP;
END $$
"""
# The founder's trail records the end of the kept one: `ops-agent audit verify` accepts no other end.
DROP_TRAIL = """
CREATE FUNCTION shared.drop_trail(wanted text, keep_days integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, pg_temp AS $$
DECLARE
    place text := 'org_' || replace(wanted, '-', '_');
    founder text;
    last record;
BEGIN
    IF keep_days < 31 THEN
        RAISE EXCEPTION 'The audit trail is kept for 31 days at least' USING ERRCODE = 'check_violation';
    END IF;
    SELECT 'org_' || replace(parent, '-', '_') INTO founder FROM shared.orgs
        WHERE slug = wanted AND status = 'DELETED'
        AND deleted_at < clock_timestamp() - keep_days * interval '1 day' FOR NO KEY UPDATE;
    IF NOT FOUND OR to_regnamespace(place) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT seq, hash FROM %I.audit_head', place) INTO STRICT last;
    EXECUTE format('DROP SCHEMA %I CASCADE', place);
    EXECUTE format('SELECT %I.audit_append($1, $2, $3, $4, $5, $5, $5, $6, $7, $7)', founder)
        USING 'retention', 'org.trail.dropped', 'org/' || wanted, 'ok', '',
            json_build_object('lastSeq', last.seq, 'lastHash', last.hash, 'keepDays', keep_days)::text,
            'null';
    RETURN true;
END $$
"""
CHANGERS = "shared.found_org(text, text, text, integer), shared.remove_org(text)"
GRANTS = (
    f"REVOKE ALL ON FUNCTION {CHANGERS}, shared.drop_trail(text, integer) FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {CHANGERS} TO ops_api",
    "GRANT EXECUTE ON FUNCTION shared.drop_trail(text, integer) TO ops_retention",
    "GRANT SELECT, INSERT, DELETE ON shared.mission_starts TO ops_api",
)
UNDO = (
    "DROP FUNCTION shared.drop_trail(text, integer)",
    "DROP FUNCTION shared.remove_org(text)",
    "DROP FUNCTION shared.found_org(text, text, text, integer)",
    tenancy.FOUND,
    tenancy.REMOVE,
    *(grant for grant in tenancy.GRANTS if "found_org" in grant),
)


def upgrade() -> None:
    op.add_column(
        "orgs", sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=True), schema="shared"
    )
    for statement in (ADOPT, CHILDREN, FOUNDERS):
        op.execute(statement)
    op.create_check_constraint(
        op.f("ck_orgs_share"),
        "orgs",
        "parent IS NULL OR coalesce(max_concurrent_missions, 0) >= 1",
        schema="shared",
    )
    op.create_table(
        "mission_starts",
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("mission_id", name=op.f("pk_mission_starts")),
        schema="shared",
    )
    op.create_index("ix_mission_starts_person_id_at", "mission_starts", ["person_id", "at"], schema="shared")
    op.execute("DROP FUNCTION shared.found_org(text, text, text)")
    op.execute("DROP FUNCTION shared.remove_org(text)")
    for statement in (FOUND, REMOVE, DROP_TRAIL, *GRANTS):
        op.execute(statement)


def downgrade() -> None:
    for statement in UNDO:
        op.execute(statement)
    op.drop_table("mission_starts", schema="shared")
    op.drop_constraint(op.f("ck_orgs_share"), "orgs", schema="shared")
    op.drop_column("orgs", "deleted_at", schema="shared")
