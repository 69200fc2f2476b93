"""Originals, the contents that are kept, and their editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "originals",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("tenant_id", sa.String(), sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("tenant_id", "sha256", name="uq_originals_once"),
    )
    op.create_index("ix_originals_age", "originals", ["used_at_ms"])
    op.create_table(
        "original_chunks",
        sa.Column("original_id", sa.String(), sa.ForeignKey("originals.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    _add_to_contents()
    op.create_table(
        "editions",
        sa.Column("tenant_id", sa.String(), sa.ForeignKey("tenants.id"), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("content_id", sa.String(), sa.ForeignKey("contents.id"), nullable=False),
        sa.Column("original_id", sa.String(), sa.ForeignKey("originals.id"), nullable=True),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
    )
    for name in ("content_id", "original_id", "job_id"):
        op.create_index(f"ix_editions_{name}", "editions", [name])
    op.create_index("ix_editions_age", "editions", ["seen_at_ms"])


def _add_to_contents() -> None:
    # Two plain columns: SQLite could have a foreign key on one only in a table made anew, which jobs refer to.
    op.add_column("contents", sa.Column("is_kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contents", sa.Column("original_id", sa.String(), nullable=True))
    for name, columns, condition, unique in (
        ("uq_contents_kept", ["tenant_id", "kind", "version"], "is_kept", True),
        ("ix_contents_kept", ["tenant_id", "id"], "is_kept", False),
        ("ix_contents_original", ["original_id"], "original_id IS NOT NULL", False),
    ):
        where = sa.text(condition)
        op.create_index(name, "contents", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
