"""Problems: the errors that are the command's own, and how any error is told at the terminal.

    InvalidInput ── WrongUsage    exit code 2: nothing was begun
    ServiceError ── Unusable      exit code 1: something the command stands on is missing

With `GRISTMILL_TRACEBACK=1` nothing is caught, for those who look for our own faults.
"""

from __future__ import annotations

import os
import sys
from typing import Any, ClassVar

from adapters.safety.redaction import redact_text
from errors import GristmillError, InvalidInput, ServiceError

DONE, FAILED, WRONG_USAGE, PARTLY_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
LONGEST_REASON_CHARS = 200


class WrongUsage(InvalidInput):
    """What was typed or the file that was given is wrong."""

    suggestion: ClassVar[str] = "Nothing was done; correct it and run the command again."


class Unusable(ServiceError):
    """The database, the broker or the workers cannot be used."""

    suggestion: ClassVar[str] = "`gristmill doctor` checks everything and says what to do."


def wants_traceback() -> bool:
    return os.environ.get("GRISTMILL_TRACEBACK", "") not in ("", "0")


def tell(error: BaseException) -> int:
    """Say on stderr what was wrong and what to do; gives the exit code."""
    message, suggestion, code = _told(error)
    print(f"Error: {message}", file=sys.stderr)
    if suggestion:
        print(f"       {suggestion}", file=sys.stderr)
    return code


def _told(error: BaseException) -> tuple[str, str, int]:
    if isinstance(error, GristmillError):
        wrong = isinstance(error, InvalidInput)
        return redact_text(error.message), error.suggestion, WRONG_USAGE if wrong else FAILED
    origin = type(error).__module__.partition(".")[0]
    if origin == "sqlalchemy":
        return f"The database cannot be used: {reason(error)}.", Unusable.suggestion, FAILED
    if origin == "redis":
        return f"The broker cannot be used ({type(error).__name__}).", Unusable.suggestion, FAILED
    if origin.startswith("pydantic"):
        return _settings_fault(error), "Correct the environment or `.env`.", WRONG_USAGE
    if isinstance(error, OSError):
        return (
            f"{error.strerror or type(error).__name__}: {error.filename or ''}".rstrip(": ") + ".",
            "",
            FAILED,
        )
    hint = "Run it again with GRISTMILL_TRACEBACK=1 to see where."
    return f"An unexpected {type(error).__name__} ended the command.", hint, FAILED


def reason(error: BaseException) -> str:
    """A database driver's own first line, without the statement and its values."""
    origin = getattr(error, "orig", None) or error
    lines = str(origin).strip().splitlines() or [type(origin).__name__]
    return lines[0][:LONGEST_REASON_CHARS].rstrip(". ")


def _settings_fault(error: BaseException) -> str:
    """Which variables are wrong and why; never what they held."""
    found: list[dict[str, Any]] = getattr(error, "errors", list)()
    wrong = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in found]
    return "The configuration is wrong: " + "; ".join(wrong) + "."
