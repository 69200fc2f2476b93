"""The settings' documentation: `.env.example` names every setting, explains it and shows its default."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
ASSIGNMENT = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$")
FOR_COMPOSE_ONLY = {"POSTGRES_PASSWORD", "GRISTMILL_TAG", "WORKER_REPLICAS"}
SETTINGS = {name.upper() for name in Settings.model_fields}


def documented() -> dict[str, str]:
    """Each name in `.env.example` and the value shown for it."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    found = [(match[1], match[2]) for line in lines if (match := ASSIGNMENT.match(line))]
    assert len(found) == len(dict(found)), "a name stands in .env.example twice"
    return dict(found)


def test_every_setting_is_in_the_example_and_nothing_else_is() -> None:
    names = set(documented())
    assert names >= SETTINGS, f"add to .env.example, with a comment and the default: {SETTINGS - names}"
    assert names - SETTINGS == FOR_COMPOSE_ONLY


def test_every_setting_in_the_example_is_explained_above_it() -> None:
    explained = False
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if match := ASSIGNMENT.match(line):
            assert explained, f"{match[1]} in .env.example has no comment above it"
        elif not line:
            explained = False
        elif not line.startswith("# ──"):
            explained = True


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without a `.env`, and no setting in the environment."""
    for name in list(os.environ):
        if name.upper() in SETTINGS:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_values_shown_are_the_defaults(bare_environment: Path) -> None:
    shown = bare_environment / ".env"
    shown.write_text(re.sub(r"(?m)^#(?=[A-Z][A-Z0-9_]*=)", "", EXAMPLE.read_text(encoding="utf-8")))
    assert Settings(_env_file=shown) == Settings(_env_file=None)


def test_the_example_as_it_is_changes_nothing(bare_environment: Path) -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_the_example_holds_no_secret() -> None:
    secret = {
        name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr
    } | {"POSTGRES_PASSWORD", "DATABASE_URL", "REDIS_URL"}
    assert {name: documented()[name] for name in secret} == dict.fromkeys(secret, "")
