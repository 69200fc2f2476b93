"""The doctor: checks all that Gristmill stands on, quickly, and says for each fault how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from cli.checks import CHECKS
from cli.output import print_json, stdout
from cli.problems import DONE, FAILED
from cli.verdict import Check
from errors import GristmillError
from settings import Settings, masked


def run(settings: Settings, *, as_json: bool) -> int:
    """Print every check; the exit code is 0 if all that are required passed."""
    found = [_checked(check, settings) for check in CHECKS]
    healthy = all(check.ok or not check.required for check in found)
    if as_json:
        print_json(
            {
                "ok": healthy,
                "home": str(settings.home),
                "database_url": masked(settings.sql_url),
                "redis_url": masked(settings.broker_url),
                "checks": [asdict(check) for check in found],
            }
        )
    else:
        for check in found:
            _print(check)
        stdout().print("All is well." if healthy else "Something required is missing: see ✗ above.")
    return DONE if healthy else FAILED


def _checked(check: Callable[[Settings], Check], settings: Settings) -> Check:
    """What the check found; one that breaks is a finding too, and keeps no other from being told."""
    name = check.__name__.removeprefix("check_")
    try:
        return check(settings)
    except Exception as error:  # noqa: BLE001 - the doctor must always finish
        if isinstance(error, GristmillError):
            return Check(name, False, error.message, "Correct it in the environment or `.env`.")
        return Check(name, False, f"could not be checked: {type(error).__name__}")


def _print(check: Check) -> None:
    from rich.markup import escape

    mark = "[green]✓[/]" if check.ok else "[red]✗[/]" if check.required else "[yellow]![/]"
    stdout().print(f"{mark} {check.name:<12} {escape(check.message)}", soft_wrap=True)
    if not check.ok and check.fix:
        stdout().print(f"  {'':<12} → {escape(check.fix)}", soft_wrap=True)
