"""One word for one thing: messages, docstrings and pages use the words of the field."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = sorted((ROOT / "tap_analytics").rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
NOWHERE = re.compile(r"\b(answer\w*|store?ys?|rooms?|foretold|hears?|heard)\b", re.IGNORECASE)
"""A server sends a response; code stands in layers, modules and packages."""

IN_NO_MESSAGE = re.compile(
    # "empty pages in a row" is another word.
    r"\b(answer\w*|store?ys?|rooms?|foretold|hears?|heard|(?<!in a )rows?|oddit\w+|said)\b",
    re.IGNORECASE,
)
"""A stream has records; what a server writes is a message or a response."""


def texts(module: Path, *, docstrings: bool) -> Iterator[str]:
    """Yield the docstrings of a module, or all other texts that are more than a word."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    standing = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and (node in standing) == docstrings:
            text = node.value
            if isinstance(text, str) and " " in text:
                yield text


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_use_the_words_of_the_field(module: Path) -> None:
    found = {hit[0] for text in texts(module, docstrings=True) for hit in NOWHERE.finditer(text)}
    assert found == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_use_the_words_of_the_field(module: Path) -> None:
    if "sandbox" in module.parts:
        pytest.skip("its data and its options are for those who test")
    found = [hit[0] for t in texts(module, docstrings=False) for hit in IN_NO_MESSAGE.finditer(t)]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages_use_the_words_of_the_field(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert {hit[0] for hit in NOWHERE.finditer(prose)} == set()
