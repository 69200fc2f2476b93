"""What the content filter says of the content, beside the answer about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("answers", sa.Column("flags", Json, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")
