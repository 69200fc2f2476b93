"""Pins of prompt versions, the version in each job, and the runs of evaluations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("prompt_version", sa.Integer(), nullable=True))
    op.create_table(
        "prompt_pins",
        sa.Column("tenant_id", sa.String(), sa.ForeignKey("tenants.id"), primary_key=True),
        sa.Column("analysis", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pinned_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("tenant_id", sa.String(), sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        *(_text(name) for name in ("analysis", "file_name", "file_digest", "label", "field", "metric", "answerer")),
        sa.Column("prompt_version", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("schema_version", "rows", "unanswered")),
        sa.Column("figures", Json, nullable=False),
        sa.Column("outcomes", Json, nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cost_micro", "saved_micro")),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_evaluations_tenant", "evaluations", ["tenant_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)
