"""The banner of `gristmill up`: what is connected and configured, secrets masked."""

from __future__ import annotations

import platform
from importlib.metadata import version

from cli import broker
from settings import Settings, masked

COMPONENTS = ("dramatiq", "periodiq", "sqlalchemy")


def banner(settings: Settings, *, processes: int, threads: int, services: list[str]) -> str:
    """Lines of `name  value`; asks the broker what it is."""
    lines = {
        "Gristmill": f"{version('gristmill')} on Python {platform.python_version()}, {_components()}",
        "Home": str(settings.home),
        "Database": f"{'SQLite' if settings.is_sqlite else 'PostgreSQL'}  {masked(settings.sql_url)}",
        "Broker": _broker(settings),
        "LLM": _llm(settings),
        "Workers": f"{processes} processes × {threads} threads" if "worker" in services else "none here",
        "Runs": ", ".join(services),
        "Time zone": settings.timezone,
        "Limits": f"{settings.worker_max_attempts} attempts, {settings.job_timeout_ms / 1000:g} s per job",
    }
    return "\n".join(f"{name:<10} {value}" for name, value in lines.items())


def _components() -> str:
    return ", ".join(f"{name} {version(name)}" for name in COMPONENTS)


def _broker(settings: Settings) -> str:
    where = "embedded" if settings.embeds_valkey else "external"
    return f"{where}, {broker.facts(settings.broker_url).line}  {masked(settings.broker_url)}"


def _llm(settings: Settings) -> str:
    name = settings.provider_name
    if name == "local":
        return "local analysers; set OPENAI_API_KEY for a model"
    if name == "anthropic":
        return f"anthropic, {settings.anthropic_model}, {masked(settings.anthropic_base_url)}"
    if name != "openai":
        return name
    return f"openai, {settings.openai_model}, API {settings.llm_api}, {masked(settings.openai_base_url)}"
