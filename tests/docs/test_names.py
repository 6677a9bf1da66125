"""What docstrings and pages call by name is there: files, modules, and what is in them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "tap_analytics"
MODULES = sorted(PACKAGE.rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
FILES = {
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.py")
    if not {".venv", ".git", "plugins"} & set(path.parts)
}
NOT_OURS = {"user.py", "dag.py"}


def name_of(module: Path) -> str:
    """Return the dotted name of a module's file."""
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def docstrings(tree: ast.Module) -> str:
    """Return all strings that stand for themselves: those of modules, classes, and attributes."""
    return "\n".join(
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def is_there(dotted: str) -> bool:
    """Return whether a dotted name is a module, or something in one."""
    for end in range(len(parts := dotted.split(".")), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            # What a dataclass declares without a value is an attribute of its instances only.
            if name in getattr(found, "__annotations__", {}):
                return True
            if not hasattr(found, name):
                return False
            found, holder = getattr(found, name), found
            # Not what a module has only imported: whoever looks for it there is sent on.
            if inspect.ismodule(holder) and not hasattr(holder, "__path__"):
                home = getattr(found, "__module__", holder.__name__)
                if home != holder.__name__:
                    return False
        return True
    return False


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = docstrings(ast.parse(text))
    named = set(re.findall(r"`([\w/]+\.py)`", text)) - NOT_OURS
    assert {n for n in named if not any(f"/{f}".endswith(f"/{n}") for f in FILES)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(tap_analytics(?:\.\w+)+)", page.read_text(encoding="utf-8"))
    assert [dotted for dotted in named if not is_there(dotted)] == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_dotted_name_in_a_docstring_exists(module: Path) -> None:
    """Where it begins with a module beside this one, or with a package of the tap."""
    package = name_of(module.parent / "__init__.py")
    tree = ast.parse(module.read_text(encoding="utf-8"))
    variables = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    variables |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    missing = set()
    for dotted in re.findall(r"`([a-z]\w*(?:\.\w+)+)(?:\(\))?`", docstrings(tree)):
        first = dotted.split(".")[0]
        if dotted.endswith(".py") or first in variables:
            continue
        if first == "tap_analytics":
            wanted = [dotted]
        elif f"{first}.py" in {path.name for path in module.parent.glob("*.py")}:
            wanted = [f"{package}.{dotted}"]
        elif (PACKAGE / first).is_dir():
            wanted = [f"tap_analytics.{dotted}"]
        else:
            wanted = [
                f"{name_of(other.parent / '__init__.py')}.{dotted}"
                for other in MODULES
                if other.stem == first
            ]
        if wanted and not any(map(is_there, wanted)):
            missing.add(dotted)
    assert missing == set()


def test_the_page_on_reports_has_every_kind_of_message() -> None:
    trees = [ast.parse(module.read_text(encoding="utf-8")) for module in MODULES]
    logged = {
        call.args[0].value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "fields"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    page = (DOCS / "report.md").read_text(encoding="utf-8")
    table = page.split("| `event_type` | when |")[1].split("\n\n")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert logged == set(re.findall(r"`(\w+)`", " ".join(first_cells)))
