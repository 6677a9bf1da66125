"""The site: what it is made of is up to date, and nothing is fetched when it is read."""

from __future__ import annotations

import html
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tap_analytics.reporting.views.run_table import COLUMNS
from tests.support.fetched import fetched
from tests.support.paths import DOCS, ROOT
from website import diagrams, settings, terminal
from website.build import ZENSICAL, build, outward

if TYPE_CHECKING:
    from pathlib import Path

NAVIGATION = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"?(https?:[^\s\">]+)")


def test_the_reference_of_the_settings_is_what_its_command_writes() -> None:
    assert settings.PAGE.read_text(encoding="utf-8") == settings.page(), (
        "run: python -m website settings"
    )


def test_every_diagram_is_drawn_and_nothing_else() -> None:
    drawn = {path.name for path in diagrams.DRAWN.glob("*.svg")}
    assert drawn == set(diagrams.sources()), diagrams.HOW


@pytest.mark.parametrize("drawn", [terminal.RUNNING, terminal.ENDED])
def test_the_pictures_of_a_terminal_show_what_a_run_shows_and_fetch_nothing(drawn: Path) -> None:
    svg = drawn.read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"<[^>]+>", " ", svg)).replace("\xa0", " ")
    assert terminal.COMMAND in text
    if drawn == terminal.ENDED:
        assert all(column in text for column in COLUMNS), "run: python -m website terminal"
    else:
        assert re.search(r"page \d+ of about \d+ \(\d+ %\), [\d,]+ records, \d+/s, about", text)
    assert set(re.findall(r"https?://[^\"\s<)]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "https://www.textualize.io",
    }


def test_a_diagram_becomes_a_picture_and_other_code_stays() -> None:
    text = "a\n```mermaid\nflowchart TD\n```\n```sh\nls\n```\n"
    name = diagrams.name("flowchart TD\n")
    assert diagrams.pictured(text) == f"a\n![diagram](diagrams/{name})\n```sh\nls\n```\n"


def test_a_link_out_of_the_documents_leads_to_the_repository_or_is_an_error() -> None:
    text = "[a](../README.md#try-it) [b](streams.md)"
    assert outward(text, "https://host/x") == (
        "[a](https://host/x/README.md#try-it) [b](streams.md)"
    )
    with pytest.raises(FileNotFoundError, match=r"gone\.md"):
        outward("[a](../gone.md)", "https://host/x")


def test_every_page_is_in_the_navigation() -> None:
    named: list[str] = []
    for entry in NAVIGATION:
        for value in entry.values():
            named += [value] if isinstance(value, str) else value
    assert sorted(named) == sorted(path.name for path in DOCS.glob("*.md"))


@pytest.mark.slow
def test_the_site_builds_strict_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    fetched(ZENSICAL, "zensical")
    build(tmp_path / "site")
    pages = list((tmp_path / "site").glob("*.html"))
    assert {path.stem for path in pages} >= {path.stem for path in DOCS.glob("*.md")}
    for page in pages:
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page.name
    assert "keyset" in (tmp_path / "site" / "search.json").read_text(encoding="utf-8")
    assert (tmp_path / "site" / "report.schema.json").exists()
