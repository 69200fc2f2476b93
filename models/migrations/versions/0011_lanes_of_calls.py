"""How a job's model is asked, and the providers' batches with the questions in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
PARKED = "gate = 'vendor'"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("call_lane", sa.String(), nullable=False, server_default="realtime"))
    parked = sa.text(PARKED)
    op.create_index("ix_jobs_parked", "jobs", ["lane_id"], sqlite_where=parked, postgresql_where=parked)
    op.create_table(
        "vendor_batches",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("asked", "state")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.String(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_vendor_batches_state", "vendor_batches", ["state", "id"])
    op.create_table(
        "vendor_items",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("tenant_id", "key", "job_id")),
        sa.Column("generation", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("analysis", "asked")),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("vendor_batch_id", sa.String(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("uq_vendor_items_question", "vendor_items", ["tenant_id", "key"], unique=True)
    op.create_index("ix_vendor_items_batch", "vendor_items", ["vendor_batch_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
