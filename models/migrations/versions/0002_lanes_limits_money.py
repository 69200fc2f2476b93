"""Lanes and limits for admission, circuit breakers, credits and spend, batches that retry and tell.

Columns are added in place; only `deliveries` and SQLite's `events` are made anew, so that SQLite never has to rebuild a
table that others refer to. There is no way back but a backup: what the new tables hold would be lost.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.causes import fingerprint

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = "state = 'waiting' AND lease_until_ms IS NULL AND gate IS NULL"
LANES = (
    "INSERT INTO lanes (tenant_id, queue, source, model, priority) "
    "SELECT DISTINCT tenant_id, queue, '', 'local', priority FROM jobs"
)
LANE_OF_JOB = (
    "UPDATE jobs SET lane_id = (SELECT lanes.id FROM lanes WHERE lanes.tenant_id = jobs.tenant_id "
    "AND lanes.queue = jobs.queue AND lanes.priority = jobs.priority)"
)
DELIVERIES = (
    "INSERT INTO deliveries SELECT id, tenant_id, job_id, event, channel, state, attempts, lease_until_ms, "
    "told_at_ms, error_message, created_at_ms FROM deliveries_before"
)


def upgrade() -> None:
    _gates()
    _money()
    _jobs()
    _batches()
    _deliveries()
    op.add_column("tenants", _count("turn", big=True))
    op.alter_column("marks", "at_ms", new_column_name="value")
    op.add_column("answers", _text("redo_job_id", nullable=True))
    open_ = "degraded AND redo_job_id IS NULL"
    op.create_index("ix_answers_degraded", "answers", ["job_id"], **_where(open_))
    _events()
    op.create_index("ix_events_tenant", "events", ["tenant_id", "id"])
    op.add_column("replies", _count("cost_micro", big=True))
    op.create_index("ix_replies_age", "replies", ["created_at_ms"])
    op.create_index("ix_idempotency_keys_job_id", "idempotency_keys", ["job_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup made before this migration.")


def _gates() -> None:
    op.create_table(
        "lanes",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        _owner(),
        *(_text(name) for name in ("queue", "source", "model")),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.UniqueConstraint("tenant_id", "queue", "source", "model", "priority", name="uq_lanes_once"),
    )
    op.create_table(
        "limits",
        _text("scope", key=True),
        _text("name", key=True),
        sa.Column("concurrency", sa.Integer()),
        sa.Column("rate", sa.Integer()),
        _big("period_ms"),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("spent", Json, nullable=False),
        sa.Column("lowered_to", sa.Integer()),
        _big("lowered_at_ms", nullable=True),
        _big("not_before_ms", nullable=True),
    )
    op.create_table(
        "breakers",
        _text("name", key=True),
        _text("state"),
        _count("failures"),
        _count("openings"),
        _big("opened_at_ms", nullable=True),
        _big("retry_at_ms", nullable=True),
        _text("error_class", nullable=True),
        _text("probe_job_id", nullable=True),
    )
    op.create_table(
        "questions",
        _text("tenant_id", key=True),
        _text("key", key=True),
        _text("job_id"),
        sa.Column("generation", sa.Integer(), nullable=False),
        _big("until_ms"),
    )


def _money() -> None:
    never_negative = sa.CheckConstraint("balance >= 0", name="ck_accounts_never_negative")
    op.create_table("accounts", _owner(key=True), _big("balance"), never_negative)
    op.create_table("budgets", _owner(key=True), _text("period", key=True), _big("limit_micro"))
    op.create_table(
        "ledger_entries",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        _text("tenant_id"),
        _text("job_id", nullable=True),
        _text("kind"),
        _big("amount"),
        _big("balance"),
        _text("note", nullable=True),
        _text("request_key", nullable=True),
        _big("at_ms"),
    )
    op.create_index("ix_ledger_entries_job_id", "ledger_entries", ["job_id"])
    op.create_index("ix_ledger_tenant", "ledger_entries", ["tenant_id", "id"])
    requested = _where("request_key IS NOT NULL")
    op.create_index(
        "uq_ledger_request", "ledger_entries", ["tenant_id", "request_key"], unique=True, **requested
    )
    op.create_table(
        "charges",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        *(_text(n) for n in ("tenant_id", "job_id", "reply_id", "analysis", "provider", "model", "lane")),
        *(_count(name) for name in ("input_tokens", "output_tokens")),
        *(_big(name) for name in ("cost_micro", "saved_micro", "at_ms")),
    )
    op.create_index("ix_charges_job_id", "charges", ["job_id"])
    op.create_index("ix_charges_age", "charges", ["at_ms"])
    op.create_table(
        "spend",
        *(_text(name, key=True) for name in ("tenant_id", "day", "analysis", "model", "lane")),
        *(_count(name) for name in ("calls", "reused")),
        *(_big(name) for name in ("input_tokens", "output_tokens", "cost_micro", "saved_micro")),
    )


def _jobs() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN awaits_batch_id VARCHAR REFERENCES batches (id)")
    for name in ("redoes_job_id", "stand_in", "waits_for", "fingerprint"):
        op.add_column("jobs", _text(name, nullable=True))
    op.add_column("jobs", sa.Column("model", sa.String(), nullable=False, server_default="local"))
    for name in ("lane_id", "estimated_tokens", "price_credits", "reserved_credits"):
        op.add_column("jobs", _count(name))
    op.add_column("jobs", _count("estimated_micro", big=True))
    op.execute(LANES)
    op.execute(LANE_OF_JOB)
    op.drop_index("ix_jobs_eligible", "jobs")
    op.drop_index("uq_jobs_dedup", "jobs")
    live = "state NOT IN ('failed', 'cancelled') AND dedup_key IS NOT NULL"
    op.create_index("uq_jobs_dedup", "jobs", ["tenant_id", "dedup_key"], unique=True, **_where(live))
    op.create_index("ix_jobs_lane", "jobs", ["lane_id", "due_at_ms", "id"], **_where(WAITING))
    op.create_index("ix_jobs_in_flight", "jobs", ["lane_id"], **_where("lease_until_ms IS NOT NULL"))
    op.create_index("ix_jobs_awaits", "jobs", ["awaits_batch_id"], **_where("awaits_batch_id IS NOT NULL"))
    op.create_index(
        "ix_jobs_waits_for", "jobs", ["tenant_id", "waits_for"], **_where("waits_for IS NOT NULL")
    )
    op.create_index("ix_jobs_cause", "jobs", ["tenant_id", "fingerprint", "id"], **_where("state = 'failed'"))
    done = ["tenant_id", "queue", "state", "finished_at_ms", "id"]
    op.create_index("ix_jobs_done", "jobs", done, **_where("finished_at_ms IS NOT NULL"))
    op.create_index("ix_jobs_content", "jobs", ["content_id"])
    op.drop_index("ix_jobs_gated", "jobs")
    members = _where("batch_id IS NOT NULL AND finished_at_ms IS NULL")
    op.create_index("ix_jobs_open_members", "jobs", ["batch_id", "gate", "id"], **members)
    _causes()


def _causes() -> None:
    """Name the causes of the failures that are there already, a thousand at a time."""
    named = ("id", "analysis", "error_class", "error_message", "state", "fingerprint")
    jobs = sa.table("jobs", *(sa.column(name, sa.String()) for name in named))
    nameless = sa.select(jobs).where(jobs.c.state == "failed", jobs.c.fingerprint.is_(None)).limit(1_000)
    naming = jobs.update().where(jobs.c.id == sa.bindparam("job")).values(fingerprint=sa.bindparam("cause"))
    while rows := op.get_bind().execute(nameless).all():
        told = [
            (r.id, fingerprint(r.analysis, r.error_class or "internal", r.error_message or "")) for r in rows
        ]
        op.get_bind().execute(naming, [{"job": job, "cause": cause} for job, cause in told])


def _batches() -> None:
    for name in ("retry_rounds", "rounds_used"):
        op.add_column("batches", _count(name))
    op.add_column("batches", sa.Column("channels", Json, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("batches", _count("moved_at_ms", big=True))
    op.execute("UPDATE batches SET moved_at_ms = fed_at_ms")
    opened = ["opened_by_job_id", "opened_by_step"]
    for name in opened:
        op.add_column("batches", _text(name, nullable=True))
    alive = _where("opened_by_job_id IS NOT NULL AND NOT cancel_requested")
    op.create_index("uq_batches_opened", "batches", opened, unique=True, **alive)


def _deliveries() -> None:
    op.drop_index("ix_deliveries_open", "deliveries")
    op.rename_table("deliveries", "deliveries_before")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        *(_text(name) for name in ("tenant_id", "owner_id", "event", "channel", "state")),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _big("lease_until_ms", nullable=True),
        _big("told_at_ms", nullable=True),
        _text("error_message", nullable=True),
        _big("created_at_ms"),
        sa.PrimaryKeyConstraint("id", name="deliveries_key"),  # PostgreSQL's own name is still taken
    )
    op.execute(DELIVERIES)
    op.drop_table("deliveries_before")
    once = ["owner_id", "event", "channel"]
    op.create_index("uq_deliveries_once", "deliveries", once, unique=True)
    op.create_index("ix_deliveries_age", "deliveries", ["created_at_ms"])
    is_open = _where("state IN ('pending', 'sending')")
    op.create_index("ix_deliveries_open", "deliveries", ["lease_until_ms"], **is_open)


def _events() -> None:
    """SQLite: never give a number twice, also where the newest event is removed; PostgreSQL never does."""
    anew = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("events", recreate=anew, table_kwargs={"sqlite_autoincrement": True}):
        pass


def _owner(*, key: bool = False) -> sa.Column[str]:
    return sa.Column("tenant_id", sa.String(), sa.ForeignKey("tenants.id"), nullable=False, primary_key=key)


def _text(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), primary_key=key, nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _count(name: str, *, big: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger() if big else sa.Integer(), nullable=False, server_default="0")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
