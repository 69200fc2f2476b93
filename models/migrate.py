"""Migrations: brings whichever database to the present schema, from empty or from any earlier one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.database import engine
from settings import get_settings

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(revision: str = "head") -> None:
    """Upgrade to a revision, by default the newest; does nothing where the newest is there already."""
    settings = get_settings()
    if settings.is_sqlite:
        settings.home.mkdir(parents=True, exist_ok=True)
    if not is_current():
        command.upgrade(_config(), revision)


def is_current() -> bool:
    """True when the database's schema is the one this code was written for."""
    with engine().connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config
