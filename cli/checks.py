"""The doctor's checks of the machine and what is outside: each takes seconds at most and never raises."""

from __future__ import annotations

import os
import shutil
import sys
import zoneinfo
from pathlib import Path

from cli import broker
from cli.checks_database import check_clock, check_database, check_workers
from cli.plan import require_free
from cli.problems import WrongUsage
from cli.verdict import Check
from errors import GristmillError
from settings import Settings, masked

LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 500_000_000


def check_python(settings: Settings) -> Check:
    """The interpreter is new enough."""
    here = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= LEAST_PYTHON, here, "Install Python 3.11 or newer.")


def check_home(settings: Settings) -> Check:
    """Home, or the nearest folder above it that exists, can be written to."""
    place = _existing(settings.home)
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    message = f"{settings.home} {'can' if ok else 'cannot'} be written to"
    return Check("home", ok, message, "Set GRISTMILL_HOME to a folder of yours.")


def check_disk(settings: Settings) -> Check:
    """There is room left on home's disk."""
    free = shutil.disk_usage(_existing(settings.home)).free
    fix = "Free some space, or move GRISTMILL_HOME; SQLite and Valkey stop when a disk is full."
    return Check("disk", free > LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free", fix)


def check_broker(settings: Settings) -> Check:
    """The broker answers, and will not drop keys."""
    url = masked(settings.broker_url)
    if settings.embeds_valkey and not broker.answers(settings.broker_url):
        return _embedded_at_rest(url)
    try:
        found = broker.facts(settings.broker_url)
    except GristmillError as error:
        fix = "Start it, correct REDIS_URL, or unset REDIS_URL and REDIS_HOST to use the embedded Valkey."
        return Check("broker", False, error.message, fix)
    kind = "embedded, " if settings.embeds_valkey else ""
    if found.policy not in (broker.SAFE_POLICY, "?"):
        fix = "Run `CONFIG SET maxmemory-policy noeviction` on it: a full broker would drop messages."
        return Check("broker", False, f"{kind}{found.line} at {url}", fix)
    return Check("broker", True, f"{kind}{found.line} at {url}")


def check_persistence(settings: Settings) -> Check:
    """A warning where the broker keeps nothing on disk: jobs are safe, but are sent again after a restart."""
    try:
        kept = broker.facts(settings.broker_url).persistence != "none"
    except GristmillError:
        return Check("persistence", True, "unknown while no broker runs", required=False)
    message = "on" if kept else "off: after its restart the database sends what was under way again"
    return Check("persistence", kept, message, "Run `CONFIG SET appendonly yes` on it.", required=False)


def check_llm(settings: Settings) -> Check:
    """The LLM answers a question of one word."""
    from adapters.llm.probe import probe

    try:
        found = probe(settings)
    except GristmillError as error:
        return Check("llm", False, error.message, error.suggestion)
    return Check("llm", found.ok, found.message, found.suggestion)


def check_stand_ins(settings: Settings) -> Check:
    """Whoever is to answer while a model is away exists."""
    from pipelines.away import mistakes, stand_ins

    fix = "Correct WHEN_MODEL_AWAY or LLM_FALLBACKS; until then the jobs wait."
    if found := mistakes(settings):
        return Check("stand-ins", False, " ".join(found), fix, required=False)
    many = len(stand_ins(settings))
    return Check("stand-ins", True, f"{many} analyses have somebody answer while their model is away")


def check_price(settings: Settings) -> Check:
    """A warning where nobody knows what the model costs: its calls then count as 0 in every budget."""
    from adapters.llm.prices import has_price

    provider, _, model = settings.answerer.partition("/")
    if not model:
        return Check("price", True, "local answers cost nothing")
    known = has_price(settings, provider, model)
    message = f"that of {settings.answerer} is {'known' if known else 'not known, so no budget holds it'}"
    return Check("price", known, message, "Give it in MODEL_PRICES.", required=False)


def check_timezone(settings: Settings) -> Check:
    """TIMEZONE is a name of the IANA database."""
    fix = "Set TIMEZONE to a name such as Europe/Berlin."
    try:
        zoneinfo.ZoneInfo(settings.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return Check("timezone", False, f"TIMEZONE {settings.timezone[:40]!r} does not exist", fix)
    return Check("timezone", True, settings.timezone)


def check_port(settings: Settings) -> Check:
    """The web server's port is free; if not, that may well be our own server."""
    where = f"{settings.web_host}:{settings.web_port}"
    try:
        require_free(settings.web_host, settings.web_port)
    except WrongUsage as error:
        fix = "If that is not Gristmill, set WEB_PORT or use `gristmill up --port`."
        return Check("port", False, error.message, fix, required=False)
    return Check("port", True, f"{where} is free")


def _embedded_at_rest(url: str) -> Check:
    from cli.embedded import binary

    try:
        binary()
    except GristmillError as error:
        return Check("broker", False, error.message, "Set REDIS_URL to a Redis or Valkey of yours.")
    return Check("broker", True, f"embedded Valkey, started when it is needed, at {url}")


def _existing(path: Path) -> Path:
    return next((p for p in (path, *path.parents) if p.exists()), Path("/"))


CHECKS = (
    *(check_python, check_home, check_disk, check_database, check_clock, check_broker, check_persistence),
    *(check_workers, check_llm, check_price, check_stand_ins, check_timezone, check_port),
)
