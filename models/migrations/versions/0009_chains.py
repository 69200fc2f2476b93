"""Chains of those who answer in a model's place, job by job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("fallbacks", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
