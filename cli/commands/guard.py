"""The guard around every command: an error becomes a line that helps and the right exit code."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

DATABASE_CONNECT_WITHIN_S = "5"  # libpq's own wait is as long as the system's, minutes


class Guarded(TyperGroup):
    """The top of the command tree."""

    def invoke(self, ctx: Any) -> Any:
        from cli.problems import INTERRUPTED, tell, wants_traceback

        os.environ.setdefault("PGCONNECT_TIMEOUT", DATABASE_CONNECT_WITHIN_S)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if wants_traceback() or _is_usage(error):
                raise
            raise typer.Exit(tell(error)) from None


def _is_usage(error: Exception) -> bool:
    """Typer tells its own errors about options and arguments, with exit code 2."""
    return type(error).__module__.startswith(("typer", "click"))
