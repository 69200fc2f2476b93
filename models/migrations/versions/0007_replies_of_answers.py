"""Which stored replies an answer is made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("answers", sa.Column("reply_ids", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
