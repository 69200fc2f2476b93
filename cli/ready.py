"""Ready: the settings, looked at before anything is built on them; with a database where one is needed."""

from __future__ import annotations

from cli.problems import WrongUsage
from logs import speak_plainly
from settings import Settings, get_settings

DATABASE_KINDS = ("postgresql+psycopg://", "sqlite:///")
BROKER_KINDS = ("redis://", "rediss://", "unix://")


def checked_settings() -> Settings:
    """The settings of this process. Raises WrongUsage for an address of a kind that is not supported."""
    speak_plainly()
    settings = get_settings()
    check_database_url(settings)
    kind = _kind(settings.broker_url)
    if not settings.broker_url.startswith(BROKER_KINDS):
        raise WrongUsage(f"REDIS_URL begins with {kind!r}; give redis://…, rediss://… or unix://….")
    return settings


def check_database_url(settings: Settings) -> None:
    """Raises WrongUsage for a kind of database that is not supported."""
    if not settings.sql_url.startswith(DATABASE_KINDS):
        kind = _kind(settings.sql_url)
        raise WrongUsage(f"DATABASE_URL begins with {kind!r}; give postgresql://… or sqlite:///….")


def with_database() -> Settings:
    """The settings, once the database is there and has the present schema. Raises WrongUsage, Unusable."""
    from cli.stack import make_home, migrate_once

    settings = checked_settings()
    make_home(settings)
    migrate_once(settings)
    return settings


def _kind(url: str) -> str:
    return url.partition(":")[0][:20]
