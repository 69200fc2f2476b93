"""The environment a test runs in: set for a while, with settings read anew and connections closed after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from settings import get_settings


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set these variables; inside, and again after, `get_settings()` reads the environment as it is."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    forget()
    try:
        yield
    finally:
        forget()  # while the settings still name the database that was in use
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get_settings.cache_clear()


def forget() -> None:
    """Close this process's database connections and forget its settings."""
    from models import database

    if database._engine.cache_info().currsize:
        database.engine().dispose()
        database._engine.cache_clear()
    get_settings.cache_clear()
