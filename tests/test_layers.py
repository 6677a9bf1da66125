"""The rooms of the code: who may import whom, as docs/architecture.md says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tap_analytics

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(tap_analytics.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
STOREYS = {
    room.removesuffix("/"): int(storey)
    for storey, room in re.findall(r"^\| (\d+) \| `([a-z_]+/?)` \|", PAGE, re.MULTILINE)
}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
LAZY = (
    "genson",
    "pyrate_limiter",
    "authlib",
    "tap_analytics.sandbox",
    "tap_analytics.init_resource.command",
    "tap_analytics.config.resources",
)


def room(module: str) -> str:
    """Return the room that a module of the package is in."""
    return module.split(".")[1] if "." in module else ""


@cache
def imports(module: str) -> tuple[str, ...]:
    """Return what a module imports at run time, anywhere in it."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(MODULES[module].read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            source = ".".join([*package, *filter(None, [node.module])])
            for alias in node.names:
                named = f"{source}.{alias.name}"
                inside = named in MODULES or f"{named}.__init__" in MODULES
                yield named if inside else source


TAP = [module for module in MODULES if room(module) not in {"sandbox", "__init__"}]
SANDBOX = [module for module in MODULES if room(module) == "sandbox"]


def test_the_page_and_the_package_have_the_same_rooms() -> None:
    assert {room(module) for module in TAP} == set(STOREYS)
    assert len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)) == len(STOREYS)


@pytest.mark.parametrize("module", TAP)
def test_a_room_imports_only_rooms_of_lower_storeys(module: str) -> None:
    own = room(module)
    for imported in imports(module):
        other = room(imported)
        if imported.startswith("tap_analytics.") and other not in {own, "__init__"}:
            assert STOREYS[other] < STOREYS[own], f"{module} imports {imported}"


@pytest.mark.parametrize("module", TAP)
def test_nothing_of_the_tap_imports_the_sandbox(module: str) -> None:
    assert [name for name in imports(module) if name.startswith("tap_analytics.sandbox")] == []


def test_one_line_of_the_tap_starts_the_sandbox() -> None:
    """It names it in a command, and in the sentence for whoever lacks it."""
    found = [
        (module, node.value)
        for module in TAP
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "tap_analytics.sandbox"
    ]
    assert found == [("tap_analytics.sync.run", "tap_analytics.sandbox")]


@pytest.mark.parametrize("module", SANDBOX)
def test_the_sandbox_imports_nothing_of_the_tap(module: str) -> None:
    own = [name for name in imports(module) if name.split(".")[0] == "tap_analytics"]
    assert [name for name in own if not name.startswith("tap_analytics.sandbox")] == []
    assert [name for name in imports(module) if name.startswith("singer_sdk")] == []


@pytest.mark.parametrize(
    "name", ["prefetch", "paging", "facts", "ledger", "completeness", "conform", "clock"]
)
def test_a_room_without_io_knows_neither_singer_nor_http(name: str) -> None:
    known = {imported.split(".")[0] for imported in imports(f"tap_analytics.{name}")}
    assert known & {"singer_sdk", "requests", "urllib3", "socket", "http"} == set()


def test_starting_the_tap_loads_nothing_that_a_plain_run_does_not_need() -> None:
    program = (
        "import sys; from tap_analytics.tap import TapAnalytics; "
        "TapAnalytics(config={'base_url': 'https://api.example.com', 'access_token': 't'}).streams;"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, encoding="utf-8"
    )
    loaded = run.stdout.split()
    assert "tap_analytics.client" in loaded
    assert [name for name in LAZY if name in loaded] == []
