"""Health: looks at the database, the broker, the workers and what waits, each within a short time."""

from __future__ import annotations

from functools import cache

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Connection, exc

from models.database import clock, reading
from models.fleet import living
from models.migrate import is_current
from models.reports import ended_by_analysis, oldest_waiting_ms
from settings import get_settings
from web.schemas import Health, HealthCheck, HealthIssue

PROBE_S = 1.0
LONG_WAIT_S = 60
MOST_FAILED_SHARE = 0.2  # of a day's ended jobs, from `ENOUGH_ENDED` on
ENOUGH_ENDED = 10


def health_of(tenant_id: str) -> Health:
    """The verdict for one tenant: the fleet's parts, and how long this tenant's own jobs wait."""
    issues: list[HealthIssue] = []
    checks = [_database(issues), _broker(issues)]
    if checks[0].ok:
        with reading() as connection:
            checks += [_workers(connection, issues), *_jobs(connection, tenant_id, issues)]
    severities = {issue.severity for issue in issues}
    status = next((s for s in ("unhealthy", "degraded") if s in severities), "healthy")
    return Health.model_validate({"status": status, "issues": issues, "checks": checks})


def unready() -> str | None:
    """Why this process should get no requests now; None if it may."""
    problems: list[HealthIssue] = []
    _database(problems)
    _broker(problems)
    return " ".join(f"{p.message} {p.recommendation}" for p in problems) or None


def _database(issues: list[HealthIssue]) -> HealthCheck:
    try:
        current = is_current()
    except exc.SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        message = f"The database does not answer ({kind})."
        _add(issues, "database", "unhealthy", message, "Check that it runs and that DATABASE_URL is right.")
        return HealthCheck(component="database", ok=False, detail=message)
    if not current:
        message = "The database's schema is not the one this version needs."
        _add(issues, "database", "unhealthy", message, "Run `gristmill init` to migrate it.")
        return HealthCheck(component="database", ok=False, detail=message)
    kind = "SQLite" if get_settings().is_sqlite else "PostgreSQL"
    return HealthCheck(component="database", ok=True, detail=f"{kind} answers and its schema is current.")


def _broker(issues: list[HealthIssue]) -> HealthCheck:
    try:
        _redis(get_settings().broker_url).ping()
    except (redis.RedisError, OSError) as error:
        message = f"The broker (Redis) does not answer ({type(error).__name__})."
        advice = "Check that it runs and that REDIS_URL is right; jobs are kept and start when it is back."
        _add(issues, "broker", "unhealthy", message, advice)
        return HealthCheck(component="broker", ok=False, detail=message)
    return HealthCheck(component="broker", ok=True, detail="It answers.")


def _workers(connection: Connection, issues: list[HealthIssue]) -> HealthCheck:
    alive = living(connection, since_ms=clock(connection) - 2 * get_settings().lease_ms)
    if not alive:
        message = "No worker is alive."
        advice = "Start one: `gristmill up`, or `dramatiq actors pipelines scheduler`."
        _add(issues, "workers", "unhealthy", message, advice)
        return HealthCheck(component="workers", ok=False, detail=message)
    threads = sum(row.threads for row in alive)
    detail = f"Processes alive: {len(alive)}, with {threads} threads."
    return HealthCheck(component="workers", ok=True, detail=detail)


def _jobs(connection: Connection, tenant_id: str, issues: list[HealthIssue]) -> list[HealthCheck]:
    waited_s = oldest_waiting_ms(connection, tenant_id) // 1000
    slow = waited_s > LONG_WAIT_S
    waiting = f"The longest waiting job is due for {waited_s} s." if waited_s else "No job is kept waiting."
    if slow:
        advice = "Add workers (WORKER_PROCESSES, WORKER_CONCURRENCY) or look for a queue that is held up."
        _add(issues, "jobs", "degraded", waiting, advice)
    ended = ended_by_analysis(connection, tenant_id)
    failing = [name for name, (done, failed) in ended.items() if _fails_often(done, failed)]
    if failing:
        message = f"More than {MOST_FAILED_SHARE:.0%} of a day's jobs failed: {', '.join(failing)}."
        advice = "Look at the failed jobs' errors (`GET /v1/jobs?state=failed`), then retry them."
        _add(issues, "jobs", "degraded", message, advice)
    told = ", ".join(failing) or "none"
    return [
        HealthCheck(component="waiting", ok=not slow, detail=waiting),
        HealthCheck(component="failures", ok=not failing, detail=f"Analyses that fail often: {told}."),
    ]


def _fails_often(done: int, failed: int) -> bool:
    ended = done + failed
    return ended >= ENOUGH_ENDED and failed > MOST_FAILED_SHARE * ended


def _add(issues: list[HealthIssue], component: str, severity: str, message: str, advice: str) -> None:
    told = {"component": component, "severity": severity, "message": message, "recommendation": advice}
    issues.append(HealthIssue.model_validate(told))


@cache
def _redis(url: str) -> redis.Redis:
    """A client that gives up soon: somebody waits for the verdict."""
    made: redis.Redis = redis.Redis.from_url(
        url, socket_timeout=PROBE_S, socket_connect_timeout=PROBE_S, retry=Retry(NoBackoff(), 0)
    )
    return made
