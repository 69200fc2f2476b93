"""Ready: what a command needs that only looks at the database or changes a row in it."""

from __future__ import annotations

from settings import Settings, get_settings


def with_database() -> Settings:
    """The settings, once the database is there and has the present schema. Raises Unusable."""
    from cli.stack import make_home, migrate_once

    settings = get_settings()
    make_home(settings)
    migrate_once(settings)
    return settings
