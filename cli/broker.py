"""The broker as the command sees it: does it answer, what is it, and may jobs be trusted to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.problems import Unusable
from settings import Settings, masked

if TYPE_CHECKING:
    import redis

ANSWER_WITHIN_S = 2.0
SAFE_POLICY = "noeviction"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server says of itself. `persistence` is AOF, RDB or none."""

    server: str
    version: str
    policy: str
    persistence: str

    @property
    def line(self) -> str:
        return f"{self.server} {self.version}, {self.policy}, persistence {self.persistence}"


def connect(url: str) -> redis.Redis:
    """A client that gives up quickly: the library's own retries take 3.7 s for each refusal."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    timeouts = {"socket_timeout": ANSWER_WITHIN_S, "socket_connect_timeout": ANSWER_WITHIN_S}
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **timeouts)


def answers(url: str) -> bool:
    """True if a server is there and ready to serve."""
    import redis

    try:
        with connect(url) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def facts(url: str) -> Facts:
    """What is behind the URL. Raises Unusable saying why it cannot be used."""
    import redis

    try:
        with connect(url) as client:
            told: dict[str, Any] = client.info() | _save_points(client)
    except (redis.RedisError, OSError, ValueError) as error:
        raise Unusable(f"The broker {masked(url)} cannot be used: {_reason(error)}.") from None
    return Facts(
        server=str(told.get("server_name", "redis")),
        version=str(told.get("valkey_version") or told.get("redis_version", "?")),
        policy=str(told.get("maxmemory_policy", "?")),
        persistence=_persistence(told),
    )


def require_safe(settings: Settings) -> Facts:
    """The facts of a broker that is fit for work. Raises Unusable otherwise.

    A full server that evicts keys loses messages without an error, so any policy but noeviction
    is refused (measured: 1,420 of 1,500 messages lost under allkeys-lru).
    """
    found = facts(settings.broker_url)
    if found.policy not in (SAFE_POLICY, "?"):
        raise Unusable(
            f"The broker {masked(settings.broker_url)} drops keys when it is full (maxmemory-policy "
            f"{found.policy}); run `CONFIG SET maxmemory-policy {SAFE_POLICY}` on it and start again."
        )
    return found


def _persistence(told: dict[str, Any]) -> str:
    if int(told.get("aof_enabled", 0)):
        return "AOF"
    return "RDB" if told["save"] else "none"


def _save_points(client: redis.Redis) -> dict[str, Any]:
    """When it writes snapshots, such as `3600 1`; empty for never, and where it does not tell."""
    import redis

    try:
        return {"save": client.config_get("save").get("save", "")}
    except redis.ResponseError:  # hosted servers often forbid CONFIG
        return {"save": ""}


def _reason(error: Exception) -> str:
    import redis

    if isinstance(error, redis.AuthenticationError):
        return "it refused the password"
    if isinstance(error, redis.TimeoutError | TimeoutError):
        return f"it did not answer within {ANSWER_WITHIN_S:.0f} s"
    if isinstance(error, redis.ConnectionError | OSError):
        return "nothing answers there"
    if isinstance(error, ValueError):
        return "its address is not redis://…, rediss://… or unix://…"
    return type(error).__name__
