"""The truth: tables, migrations and the only SQL. Every query runs on SQLite and on PostgreSQL."""
