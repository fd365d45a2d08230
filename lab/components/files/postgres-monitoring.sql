-- What the exporter reads with.
CREATE ROLE exporter LOGIN PASSWORD 'exporter' IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA public TO exporter;
