"""The audit trail's tables and functions, the same in every organization's schema and in `shared`.

They are made in the schema that comes first in the search path, and their functions keep that path.
"""

FIELDS = (
    "actor",
    "deed",
    "subject",
    "result",
    "ip",
    "user_agent",
    "correlation_id",
    "detail",
    "before",
    "after",
)
_COLUMNS = ", ".join(f'"{field}" text NOT NULL' for field in FIELDS)
_ARGUMENTS = ", ".join(f"told_{field} text" for field in FIELDS)
_TOLD = tuple(f"told_{field}" for field in FIELDS)
# Each part with its length before it: no content can pretend to be two fields. UTC, microseconds.
_PARTS = (
    "current_schema()::text",
    "number::text",
    """to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    *_TOLD,
    "head.hash",
)
_DIGEST = "concat(" + ", ".join(f"octet_length({part}), ':', {part}" for part in _PARTS) + ")"

TABLES = f"""
CREATE TABLE audit_entries (
    seq bigint NOT NULL, at timestamptz NOT NULL, {_COLUMNS},
    previous text NOT NULL, hash text NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (seq, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_head (
    id integer NOT NULL, seq bigint NOT NULL, hash text NOT NULL, at timestamptz NOT NULL,
    partitioned_until timestamptz NOT NULL, floor_seq bigint NOT NULL, floor_hash text NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id)
) WITH (fillfactor = 10);
INSERT INTO audit_head SELECT 1, 0, genesis, '-infinity', '-infinity', 0, genesis
    FROM encode(sha256(convert_to('audit/' || current_schema(), 'UTF8')), 'hex') genesis;
"""
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$
"""
TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# Attached, not created in place: that would wait for everybody who reads.
PARTITION = """
CREATE FUNCTION audit_partition(moment timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    begins timestamptz := date_trunc('month', moment, 'UTC');
    ends timestamptz := date_trunc('month', begins + interval '32 days', 'UTC');
    name text := 'audit_entries_' || to_char(begins AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE audit_entries INCLUDING ALL)', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('ALTER TABLE audit_entries ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, begins, ends);
    END IF;
    RETURN ends;
END $$
"""
APPEND = f"""
CREATE FUNCTION audit_append({_ARGUMENTS}) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    head audit_head;
    number bigint;
    moment timestamptz;
    digest text;
BEGIN
    SELECT * INTO STRICT head FROM audit_head WHERE id = 1 FOR UPDATE;
    number := head.seq + 1;
    moment := greatest(clock_timestamp(), head.at);
    IF moment >= head.partitioned_until THEN
        head.partitioned_until := audit_partition(moment);
    END IF;
    digest := encode(sha256(convert_to({_DIGEST}, 'UTF8')), 'hex');
    INSERT INTO audit_entries VALUES (number, moment, {", ".join(_TOLD)}, head.hash, digest);
    UPDATE audit_head SET seq = number, hash = digest, at = moment,
        partitioned_until = head.partitioned_until WHERE id = 1;
    RETURN number;
END $$
"""
# A month is dropped once all of it is too old, the oldest first; the entry that says so is the floor's proof.
DROP = """
CREATE FUNCTION audit_drop(keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    part record;
    last record;
    dropped integer := 0;
BEGIN
    IF keep_days < 31 THEN
        RAISE EXCEPTION 'The audit trail is kept for 31 days at least' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM audit_head WHERE id = 1 FOR UPDATE;
    FOR part IN
        SELECT relname AS name, to_timestamp(right(relname, 7) || ' UTC', 'YYYY_MM TZ') AS begins
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_entries'::regclass ORDER BY relname
    LOOP
        EXIT WHEN date_trunc('month', part.begins + interval '32 days', 'UTC')
            > clock_timestamp() - keep_days * interval '1 day';
        EXECUTE format('SELECT seq, hash FROM %I ORDER BY seq DESC LIMIT 1', part.name) INTO last;
        EXECUTE format('DROP TABLE %I', part.name);
        dropped := dropped + 1;
        IF last.seq IS NOT NULL THEN
            UPDATE audit_head SET floor_seq = last.seq, floor_hash = last.hash WHERE id = 1;
            PERFORM audit_append('retention', 'audit.dropped', part.name, 'ok', '', '', '',
                json_build_object('lastSeq', last.seq, 'lastHash', last.hash, 'keepDays', keep_days)::text,
                'null', 'null');
        END IF;
    END LOOP;
    RETURN dropped;
END $$
"""
GRANTS = """
REVOKE ALL ON FUNCTION audit_partition(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_drop(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append TO ops_api, ops_missions, ops_actions;
GRANT EXECUTE ON FUNCTION audit_drop(integer) TO ops_retention;
GRANT SELECT ON audit_entries, audit_head TO ops_api, ops_missions, ops_actions;
"""


def _statements(many: str) -> list[str]:
    return [statement.strip() for statement in many.split(";\n") if statement.strip()]


UP = (*_statements(TABLES), REFUSE, TRIGGER, PARTITION, APPEND, DROP, *_statements(GRANTS))
DOWN = (
    "DROP FUNCTION audit_drop(integer)",
    "DROP FUNCTION audit_append",
    "DROP FUNCTION audit_partition(timestamptz)",
    "DROP TABLE audit_entries",
    "DROP TABLE audit_head",
)
