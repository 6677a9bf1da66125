"""What the tree promises: one-way imports, a quick start, an engine that knows no Singer.

The order of the packages is a contract in `pyproject.toml`, which `lint-imports` checks.
"""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tap_analytics
from tests.support.paths import ROOT

PACKAGE = Path(tap_analytics.__file__).parent
ENGINE = ("http", "records", "completeness", "rest")
LAZY = (
    "difflib",
    "genson",
    "html",
    "pyrate_limiter",
    "authlib",
    "tap_analytics.sandbox",
    "tap_analytics.init_resource",
    "tap_analytics.completeness.proof",
    "tap_analytics.config.resources",
    "tap_analytics.http.oauth2",
    "tap_analytics.records.inference",
    "tap_analytics.reporting.views.live",
    "tap_analytics.rest.paginators.detection",
    "tap_analytics.streams.catalog_check",
    "tap_analytics.sync.reading.base_page",
    "tap_analytics.sync.reading.counting_passes",
    "tap_analytics.reporting.report_file",
)


def loaded_by(program: str) -> set[str]:
    """Return the modules that are loaded when a program has run."""
    run = subprocess.run(
        [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return set(run.stdout.split())


def test_the_packages_import_each_other_one_way_only() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout
    assert "5 kept, 0 broken" in run.stdout


def test_the_top_has_at_most_eight_modules_and_packages_are_nested_once() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 8
    deepest = {len(path.relative_to(PACKAGE).parts) for path in PACKAGE.rglob("*.py")}
    assert deepest == {1, 2, 3}


def test_what_tests_share_is_in_the_support_package() -> None:
    """No test imports another, and beside tests there is nothing but their fixtures."""
    tests = ROOT / "tests"
    modules = [path for path in tests.rglob("*.py") if "support" not in path.parts]
    assert {path.name for path in modules if not path.name.startswith("test_")} == {
        "__init__.py",
        "conftest.py",
    }
    imported = {
        name
        for path in tests.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
    }
    assert not [name for name in imported if name.startswith("tests.") and ".test_" in name]


@pytest.mark.parametrize(
    "package",
    [path.parent for path in PACKAGE.rglob("*/__init__.py") if "sandbox" not in path.parts],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_the_docstring_of_a_package_names_every_module_of_it(package: Path) -> None:
    described = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    named = set(re.findall(r"`(?:\w+\.)*(\w+)`", described.replace(".py`", "`")))
    assert {path.stem for path in package.glob("*.py")} - named == {"__init__"}


@pytest.mark.parametrize("package", ENGINE)
def test_the_engine_knows_neither_singer_nor_a_command_line(package: str) -> None:
    paths = [str(PACKAGE / package)]
    names = [found.name for found in pkgutil.iter_modules(paths, f"tap_analytics.{package}.")]
    loaded = loaded_by(f"import {', '.join(names)}")
    assert set(names) <= loaded
    assert loaded & {"singer_sdk", "click"} == set()


@pytest.mark.parametrize("module", ["rest.prefetch", "completeness.proof", "records.conform"])
def test_what_judges_and_converts_does_no_io(module: str) -> None:
    loaded = loaded_by(f"import tap_analytics.{module}")
    assert loaded & {"requests", "urllib3", "socket"} == set()


def test_one_line_of_the_tap_starts_the_sandbox() -> None:
    """It names it in a command, and in the sentence for whoever lacks it."""
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "sandbox" not in path.relative_to(PACKAGE).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "tap_analytics.sandbox"
    ]
    assert found == ["sync/run.py"]


def test_starting_the_tap_loads_nothing_that_a_plain_run_does_not_need() -> None:
    loaded = loaded_by(
        "from tap_analytics.tap import TapAnalytics; "
        "TapAnalytics(config={'base_url': 'https://api.example.com', 'access_token': 't'}).streams"
    )
    assert "tap_analytics.client" in loaded
    assert loaded & set(LAZY) == set()
