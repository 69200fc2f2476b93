"""Batches that are stopped a slice at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("stop_reason", sa.String(), nullable=True))
    is_stopping = sa.text("stop_reason IS NOT NULL")
    op.create_index(
        "ix_batches_stopping", "batches", ["id"], sqlite_where=is_stopping, postgresql_where=is_stopping
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
