"""Dockerfile and .dockerignore: a small lint of what matters for safety, and that they fit compose.yaml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML reads compose.yaml; it is a development requirement")

ROOT = Path(__file__).resolve().parents[2]
WEB: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["web"]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: name and the rest, continued lines joined."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def final_stage() -> list[tuple[str, str]]:
    all_of_it = instructions()
    last = max(i for i, (name, _) in enumerate(all_of_it) if name == "FROM")
    return all_of_it[last:]


def the_only(name: str) -> str:
    """What the final stage says with this instruction, which it must use once."""
    (found,) = (rest for instruction, rest in final_stage() if instruction == name)
    return found


def test_every_base_is_pinned_to_a_full_version_and_all_stages_share_it() -> None:
    bases = {rest.split()[0] for name, rest in instructions() if name == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases.pop())


def test_the_container_does_not_run_as_root() -> None:
    uid, _, gid = the_only("USER").partition(":")
    assert int(uid) >= 1000
    assert int(gid) >= 1000


def test_nothing_is_added_from_an_address_and_nothing_is_downloaded_by_hand() -> None:
    for name, rest in instructions():
        assert name != "ADD"
        assert not re.search(r"https?://(?!127\.0\.0\.1)|\b(curl|wget|git clone)\b", rest)


def test_packages_come_by_hash_or_from_no_index_at_all() -> None:
    for name, rest in instructions():
        if name == "RUN":
            for command in re.findall(r"pip (?:--python \S+ )?(?:install|wheel) [^&]*", rest):
                assert "--require-hashes" in command or "--no-index" in command, command


def test_what_is_run_is_run_without_a_shell() -> None:
    assert isinstance(json.loads(the_only("CMD")), list)
    options, _, command = the_only("HEALTHCHECK").partition(" CMD ")
    assert isinstance(json.loads(command), list)
    assert {"--interval", "--timeout", "--start-period"} <= set(re.findall(r"--[a-z-]+", options))
    assert not [name for name, _ in instructions() if name in ("ENTRYPOINT", "SHELL")]


def test_the_image_by_itself_is_the_web_service_of_the_compose_file() -> None:
    assert json.loads(the_only("CMD")) == WEB["command"]
    mine = json.loads(the_only("HEALTHCHECK").partition(" CMD ")[2])
    assert [word.replace("'", '"') for word in mine] == WEB["healthcheck"]["test"][1:]
    assert the_only("EXPOSE") == WEB["command"][WEB["command"].index("--port") + 1]


def test_no_tool_for_building_is_left_and_the_compiler_never_came() -> None:
    text = " ".join(rest for name, rest in final_stage() if name == "RUN")
    assert "pip uninstall --yes pip setuptools wheel" in text
    assert not re.search(r"\b(gcc|build-essential|apt-get)\b", " ".join(rest for _, rest in instructions()))


def test_the_image_stops_by_sigterm_and_writes_its_logs_at_once() -> None:
    assert the_only("STOPSIGNAL") == "SIGTERM"
    environment = the_only("ENV")
    assert "PYTHONUNBUFFERED=1" in environment
    assert "TZ=UTC" in environment
    assert the_only("WORKDIR") == "/app"
    assert "PYTHONPATH=/app" in environment


def test_no_secret_is_named_in_the_image() -> None:
    for name, rest in instructions():
        assert name != "ARG"
        assert not re.search(r"(?i)password|api_key|token|secret", rest)


def test_only_what_is_needed_enters_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    with (ROOT / "pyproject.toml").open("rb") as file:
        setuptools = tomllib.load(file)["tool"]["setuptools"]
    packages = {name.rstrip("*") for name in setuptools["packages"]["find"]["include"]}
    assert let_in - packages == {
        "*.py",
        "pyproject.toml",
        "README.md",
        "requirements/base.txt",
        "requirements/build.txt",
    }
    assert packages <= let_in, "a package of ours does not enter the image: add it to .dockerignore"
