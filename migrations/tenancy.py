"""How an organization is made: its roles, and a function that makes its schema from a blueprint."""

KINDS = ("api", "missions", "actions")
"""The kinds of process; each has a group `ops_<kind>`, and in each organization a role of its own."""

GROUPS = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ops_{kind}_tenants') THEN
        CREATE ROLE ops_{kind}_tenants NOLOGIN;
    END IF;
END $$
"""
# Which organization the current role works in; NULL for a login that is in none.
TENANT = """
CREATE FUNCTION shared.tenant() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT replace(substring(current_user FROM '^org_(.+)_(api|missions|actions)$'), '_', '-')
$$
"""
# A process may become one organization's role at a time, and inherits nothing of any of them.
ROLES = """
CREATE FUNCTION shared.tenant_roles(place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kind text;
    tenant text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['api', 'missions', 'actions'] LOOP
        tenant := place || '_' || kind;
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = tenant) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', tenant);
        END IF;
        EXECUTE format('GRANT ops_%s TO %I', kind, tenant);
        EXECUTE format('GRANT %I TO ops_%s_tenants WITH INHERIT FALSE, SET TRUE', tenant, kind);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place, tenant);
        EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM ops_%s', place, kind);
    END LOOP;
END $$
"""
FOUND = """
CREATE FUNCTION shared.found_org(wanted text, title text, founder text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, pg_temp AS $$
DECLARE
    place text := 'org_' || replace(wanted, '-', '_');
    plan text;
BEGIN
    IF wanted !~ '^[a-z][a-z0-9-]{1,30}$' THEN
        RAISE EXCEPTION 'not a name of an organization' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO shared.orgs (slug, name, parent) VALUES (wanted, title, founder);
    SELECT statements INTO STRICT plan FROM shared.org_blueprint;
    EXECUTE format('CREATE SCHEMA %I', place);
    PERFORM set_config('search_path', format('%I, pg_temp', place), true);
    EXECUTE plan;
END $$
"""
# Only what was suspended: its missions have stopped. The slug stays taken: keys and trails name it.
REMOVE = """
CREATE FUNCTION shared.remove_org(wanted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, pg_temp AS $$
DECLARE
    place text := 'org_' || replace(wanted, '-', '_');
    kind text;
BEGIN
    UPDATE shared.orgs SET status = 'DELETED', name = '' WHERE slug = wanted AND status = 'SUSPENDED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a suspended organization is deleted' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM shared.outbox WHERE org = wanted;
    DELETE FROM shared.memberships WHERE org = wanted;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', place);
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
STAMP = """
CREATE FUNCTION shared.stamp_org() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.org := coalesce(shared.tenant(), NEW.org);
    RETURN NEW;
END $$
"""
OUTBOX = (
    "CREATE TRIGGER stamped BEFORE INSERT ON shared.outbox FOR EACH ROW EXECUTE FUNCTION shared.stamp_org()",
    "ALTER TABLE shared.outbox ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON shared.outbox USING (coalesce((SELECT shared.tenant()), org) = org)",
)
GRANTS = (
    "REVOKE ALL ON FUNCTION shared.tenant_roles(text) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION shared.found_org(text, text, text), shared.remove_org(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION shared.found_org(text, text, text), shared.remove_org(text) TO ops_api",
    "GRANT UPDATE (name, status, max_concurrent_missions) ON shared.orgs TO ops_api",
)
UP = (
    *(GROUPS.format(kind=kind) for kind in KINDS),
    TENANT,
    ROLES,
    FOUND,
    REMOVE,
    STAMP,
    *OUTBOX,
    *GRANTS,
)
