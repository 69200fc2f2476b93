"""The request that made a batch, so that its repetition does not make another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("request_key", "request_digest"):
        op.add_column("batches", sa.Column(name, sa.String(), nullable=True))
    has_key = sa.text("request_key IS NOT NULL")
    op.create_index(
        "uq_batches_request",
        "batches",
        ["tenant_id", "request_key"],
        unique=True,
        sqlite_where=has_key,
        postgresql_where=has_key,
    )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
