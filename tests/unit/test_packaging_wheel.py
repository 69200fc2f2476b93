"""The wheel: what is installed has every file the product reads, and nothing that only we need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SHIPPED = {"__pycache__", "node_modules"}

with (ROOT / "pyproject.toml").open("rb") as opened:
    SETUPTOOLS = tomllib.load(opened)["tool"]["setuptools"]
PACKAGES = [name.rstrip("*") for name in SETUPTOOLS["packages"]["find"]["include"]]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all files in a wheel built from a copy of this checkout, without any index."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns(*NOT_SHIPPED))
    for file in [*ROOT.glob("*.py"), ROOT / "pyproject.toml", ROOT / "README.md"]:
        shutil.copy(file, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*pip, "--wheel-dir", str(out), str(source)], capture_output=True, text=True, timeout=100, check=False
    )
    if built.returncode and "No module named pip" in built.stderr:
        pytest.skip("this environment was made without pip")
    assert built.returncode == 0, built.stderr
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_file_of_our_packages(names: set[str]) -> None:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()]
    wanted = {str(file.relative_to(ROOT)) for file in files if not NOT_SHIPPED & set(file.parts)}
    wanted |= {f"{module}.py" for module in SETUPTOOLS["py-modules"]}
    missing = sorted(wanted - names)
    assert not missing, f"name these under [tool.setuptools.package-data] in pyproject.toml: {missing}"


def test_the_wheel_has_nothing_else_but_its_own_description(names: set[str]) -> None:
    modules = {f"{module}.py" for module in SETUPTOOLS["py-modules"]}
    others = {name for name in names - modules if name.partition("/")[0] not in PACKAGES}
    assert others
    assert all(re.match(r"gristmill-[^/]+\.dist-info/", name) for name in others), sorted(others)
