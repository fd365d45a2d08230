#!/bin/sh
# Runs once, when the database cluster is created: gives Temporal a login and two databases, and no access to ours.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$TEMPORAL_DATABASE_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
SQL
