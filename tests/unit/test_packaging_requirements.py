"""requirements/: pinned by hash, for any index, and in step with pyproject.toml and the imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FILES = ("base.txt", "build.txt", "dev.txt")
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ]+)( ; [^\\]+)? \\$")
COMES_WITH = {  # imported by us, but only as a part of what brings it
    "annotated-types": "pydantic",
    "anyio": "fastapi",
    "charset-normalizer": "trafilatura",
    "httpx2": "openai",
    "lxml": "trafilatura",
    "markupsafe": "jinja2",
    "numpy": "scikit-learn",
    "pydantic-core": "pydantic",
    "starlette": "fastapi",
}
NOT_IMPORTED = {  # asked for, and used without an import of ours
    "psycopg": "SQLAlchemy loads it for a postgresql:// address",
    "python-multipart": "Starlette reads forms with files with it",
    "uvicorn": "a command of its own",
}
REMEDY = "run requirements/update"

with (ROOT / "pyproject.toml").open("rb") as opened:
    PROJECT: dict[str, Any] = tomllib.load(opened)


def text_of(file: str) -> str:
    return (ROOT / "requirements" / file).read_text(encoding="utf-8")


def pins(file: str) -> dict[str, str]:
    """Each package and its version."""
    return {match[1]: match[2] for line in text_of(file).splitlines() if (match := PIN.match(line))}


@pytest.mark.parametrize("file", FILES)
def test_every_package_is_pinned_with_its_hashes(file: str) -> None:
    lines = text_of(file).splitlines()
    heads = [i for i, line in enumerate(lines) if re.match(r"^[a-z]", line)]
    assert heads
    for i in heads:
        assert PIN.match(lines[i]), lines[i]
        assert re.match(r"^    --hash=sha256:[0-9a-f]{64}", lines[i + 1])


@pytest.mark.parametrize("file", FILES)
def test_the_files_hold_for_any_index_and_any_machine(file: str) -> None:
    assert not re.search(
        r"://|file:/|/tmp|--index|--extra-index|--find-links|--trusted|(?m:^-)", text_of(file)
    )


def test_what_is_developed_on_is_what_is_run() -> None:
    assert pins("base.txt").items() <= pins("dev.txt").items()
    assert pins("build.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize(
    ("wanted", "file"),
    [
        (PROJECT["project"]["dependencies"], "base.txt"),
        (PROJECT["project"]["optional-dependencies"]["dev"], "dev.txt"),
        (PROJECT["build-system"]["requires"], "build.txt"),
    ],
)
def test_what_pyproject_asks_for_is_pinned(wanted: list[str], file: str) -> None:
    found = pins(file)
    for requirement in map(Requirement, wanted):
        version = found.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in requirements/{file}: {REMEDY}"
        assert requirement.specifier.contains(version), f"{requirement} does not allow {version}: {REMEDY}"


def imported() -> dict[str, str]:
    """Each top-level name of others that the product imports, and one file that does."""
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = [name.rstrip("*") for name in include]
    modules = PROJECT["tool"]["setuptools"]["py-modules"]
    files = [ROOT / f"{name}.py" for name in modules]
    files += [file for name in packages for file in (ROOT / name).rglob("*.py")]
    ours = {*packages, *modules} | set(sys.stdlib_module_names)
    found: dict[str, str] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for name in _names(node):
                if name not in ours:
                    found[name] = str(file.relative_to(ROOT))
    return found


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.partition(".")[0]]
    return []


def test_the_product_imports_only_what_it_declares() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [
        *PROJECT["project"]["dependencies"],
        *(one for name in extras if name != "dev" for one in extras[name]),
    ]
    declared = {canonicalize_name(Requirement(line).name) for line in wanted}
    providers = packages_distributions()
    for name, file in imported().items():
        from_: set[str] = {canonicalize_name(provider) for provider in providers.get(name, [name])}
        from_ |= {COMES_WITH[provider] for provider in from_ & COMES_WITH.keys()}
        assert from_ & declared, f"{file} imports {name}, which pyproject.toml does not ask for"


def test_what_the_product_declares_it_imports() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}
    providers = packages_distributions()
    used = {canonicalize_name(by) for name in imported() for by in providers.get(name, [name])}
    assert declared - used <= set(NOT_IMPORTED), "pyproject.toml asks for what nobody imports"


def test_no_package_of_others_has_a_name_of_ours() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    names = {name.rstrip("*") for name in include} | set(PROJECT["tool"]["setuptools"]["py-modules"])
    taken = {name: set(packages_distributions().get(name, [])) - {"gristmill"} for name in names}
    assert not {name: by for name, by in taken.items() if by}
