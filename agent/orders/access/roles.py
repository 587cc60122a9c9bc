"""PostgreSQL's three roles and what they may do with the database: run once, by a superuser.

`shopclerk_owner` has the schema and migrates it, `shopclerk_app` serves, `shopclerk_readonly` is
for the staff's queries. What they may do with each table is granted by the owner (`grants.py`).
"""

OWNER, APP, READONLY = "shopclerk_owner", "shopclerk_app", "shopclerk_readonly"

SQL = f"""\
-- The roles of Shopclerk, for the database that this runs in. Run it as a superuser; it may run
-- again. Then: set passwords (\\password {APP}), and run `shopclerk db migrate` as {OWNER}.
DO $$
DECLARE
    name text;
    here text := current_schema();
BEGIN
    FOREACH name IN ARRAY ARRAY['{OWNER}', '{APP}', '{READONLY}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOINHERIT',
            name);
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), name);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
    END LOOP;
    -- The app answers the staff's queries by taking the role that can read their views alone.
    GRANT {READONLY} TO {APP};
    ALTER ROLE {READONLY} SET default_transaction_read_only = on;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO {OWNER}', current_database());
    EXECUTE format('ALTER SCHEMA %I OWNER TO {OWNER}', here);
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, {APP}, {READONLY}', here);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO {APP}, {READONLY}', here);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA %I '
        'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}', here);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA %I '
        'GRANT USAGE, SELECT ON SEQUENCES TO {APP}', here);
    -- What another role made before there were roles; extensions keep what is theirs.
    FOR name IN
        SELECT format('ALTER TABLE %s OWNER TO {OWNER}', c.oid::regclass) FROM pg_class c
        WHERE c.relnamespace = here::regnamespace AND c.relkind IN ('r', 'p', 'v')
            AND c.relowner <> '{OWNER}'::regrole
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER FUNCTION %s OWNER TO {OWNER}', p.oid::regprocedure) FROM pg_proc p
        WHERE p.pronamespace = here::regnamespace AND p.proname LIKE 'shopclerk%'
    LOOP
        EXECUTE name;
    END LOOP;
END $$;
"""  # noqa: S608
