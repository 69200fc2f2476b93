"""compose.yaml: what every service must have, and that it and the settings speak of the same things."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from settings import Settings

yaml = pytest.importorskip("yaml", reason="PyYAML reads compose.yaml; it is a development requirement")

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
SETTINGS = {name.upper(): field for name, field in Settings.model_fields.items()}
OTHER_PROGRAMS = {"TZ"}  # read by the C library
NOT_PASSED_ON = {
    "REDIS_URL": "it would win over the service in this file",
    "REDIS_PORT": "the service in this file has the usual one",
    "REDIS_DB": "the service in this file serves nobody else",
    "WEB_HOST": "the command says it; what is reachable from outside is the published port",
    "WEB_PORT": "the published port; inside it is always the same",
    "LLM_SCRIPT": "a file, which a container would not have",
}
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?:(:-|:\?)([^}]*))?\}")
SECRETS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
PROGRAMS = {"dramatiq", "gristmill", "periodiq", "uvicorn"}

each_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_of_ours = pytest.mark.parametrize("name", OURS)


def variables() -> list[tuple[str, str, str]]:
    """Every `${NAME:-default}` or `${NAME:?message}` in the file's values, as name, operator, text."""
    found: list[tuple[str, str, str]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                look(item)
        elif isinstance(value, str):
            found.extend((match[1], match[2], match[3]) for match in VARIABLE.finditer(value))

    look(COMPOSE)
    return found


def seconds(duration: str) -> int:
    match = re.fullmatch(r"(\d+)s", duration)
    assert match, f"{duration} is not in whole seconds"
    return int(match[1])


@each_service
def test_every_service_names_its_image_and_its_command_as_a_list(name: str) -> None:
    image, command = SERVICES[name]["image"], SERVICES[name]["command"]
    assert isinstance(command, list)
    assert all(isinstance(word, str) for word in command)
    assert name in OURS or re.search(r":\d+\.\d+", image), f"{image} is not pinned to a version"


@each_service
def test_every_service_is_checked_for_its_health_or_ends_by_itself(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name == "migrate":
        assert check == {"disable": True}
        return
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert seconds(check["timeout"]) < seconds(check["interval"])
    assert check["start_period"]


@each_service
def test_every_service_is_kept_small_and_has_no_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert service["deploy"]["resources"]["limits"]["memory"]


def test_only_the_web_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${WEB_PORT:-8400}:8400"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]


@each_of_ours
def test_our_services_get_settings_and_nothing_else(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert given - OTHER_PROGRAMS <= set(SETTINGS)
    missing = set(SETTINGS) - given - set(NOT_PASSED_ON)
    assert not missing, f"pass these on in compose.yaml, or say in this test why not: {missing}"


@each_of_ours
def test_our_services_run_our_programs(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[0] in PROGRAMS
    if command[0] in ("dramatiq", "periodiq"):
        assert command[1:4] == ["actors", "pipelines", "scheduler"]


def test_secrets_have_no_default_and_the_message_says_what_to_do() -> None:
    secrets = [(operator, text) for name, operator, text in variables() if name in SECRETS]
    assert len(secrets) >= 4
    for operator, text in secrets:
        assert operator == ":?"
        assert ".env" in text


def test_every_other_variable_has_a_default_and_it_is_the_settings_own() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, operator, text in variables():
        assert re.search(rf"(?m)^#?{name}=", example), f"{name} is not explained in .env.example"
        if name not in SECRETS:
            assert operator == ":-"
            assert text
        if name in SETTINGS and name not in SECRETS:
            assert text == str(SETTINGS[name].default)


def test_a_worker_has_time_to_stop_before_it_is_killed() -> None:
    for name in ("worker", "worker-scale", "worker-notify"):
        command = SERVICES[name]["command"]
        within_s = int(command[command.index("--worker-shutdown-timeout") + 1]) / 1000
        assert within_s * 1000 > Settings.model_fields["llm_timeout_ms"].default
        assert seconds(SERVICES[name]["stop_grace_period"]) >= within_s + 15
        assert SERVICES[name]["init"] is True


def test_the_schedulers_clock_is_utc() -> None:
    assert SERVICES["scheduler"]["environment"]["TZ"] == "UTC"


def test_valkey_refuses_to_evict_and_keeps_what_it_has_on_disk() -> None:
    script = SERVICES["valkey"]["command"][-1]
    assert "--maxmemory-policy noeviction" in script
    assert "--appendonly yes --appendfsync everysec" in script
    assert "--requirepass" not in script  # it would show in the list of processes


@pytest.mark.parametrize("name", ["worker", "web", "scheduler"])
def test_the_guides_systemd_units_run_what_compose_runs(name: str) -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    units = [line.split("/.venv/bin/")[1] for line in guide.splitlines() if line.startswith("ExecStart=")]
    command = VARIABLE.sub(r"\3", " ".join(SERVICES[name]["command"])).replace("0.0.0.0", "127.0.0.1")
    assert command in units
