"""Jobs and contents no longer refer to their tenant, nor jobs to their batch, by a foreign key.

PostgreSQL looked up each of them for every row of a submission, a sixth of its time; what inserts the rows
has just read, and locked, the batch, or the lane, which refers to the tenant.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DROPPED = (("contents", "tenant_id"), ("jobs", "tenant_id"), ("jobs", "batch_id"))
NAMES = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}  # PostgreSQL's; in SQLite they have none


def upgrade() -> None:
    for table in ("contents", "jobs"):
        with op.batch_alter_table(table, naming_convention=NAMES) as changed:
            for of, column in DROPPED:
                if of == table:
                    changed.drop_constraint(f"{table}_{column}_fkey", type_="foreignkey")
