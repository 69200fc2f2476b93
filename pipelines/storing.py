"""Storing: the transaction of a submission, with words for what a first-time user meets there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from errors import ServiceError
from models.database import transact
from settings import get_settings, masked

NO_SUCH_TABLE = "42P01"
T = TypeVar("T")


def storing(body: Callable[[Connection], T]) -> T:
    """`body` in a transaction of its own.

    Raises ServiceError where nobody has made the database yet.
    """
    try:
        return transact(body)
    except (FileNotFoundError, DBAPIError) as error:
        if not _is_missing(error):
            raise
        url = masked(get_settings().sql_url)
        raise ServiceError(
            f"There is no database of Gristmill at {url} yet: "
            "`gristmill up` makes it and runs the work, `gristmill migrate` only makes it."
        ) from None


def _is_missing(error: FileNotFoundError | DBAPIError) -> bool:
    """True for a folder that is not there (SQLite) and for tables that are not."""
    if isinstance(error, FileNotFoundError):
        return True
    return getattr(error.orig, "sqlstate", None) == NO_SUCH_TABLE or "no such table" in str(error.orig)
