"""The documents say what is so: settings, streams, commands, examples and links."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.streams.registry import BUILT_IN, built_in_streams
from tap_analytics.tap import TapAnalytics
from tests.support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.client import AnalyticsStream

README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES = {path.name: path for path in [*NAMED, *sorted(DOCS.glob("*.md"))]}
# In a process that has made a tap, the SDK has put its own settings among them.
OF_THE_SDK: dict[str, Any] = {"properties": {}}
TapAnalytics.append_builtin_config(OF_THE_SDK)
STREAMS = [(api, stream) for api, family in BUILT_IN.items() for stream in family]


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def table(text: str, first: str) -> list[list[str]]:
    """Return the rows of the table whose first column is headed so."""
    rows = text[text.index(f"\n| {first} |") + 1 :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def in_a_cell(stream: type[AnalyticsStream]) -> list[str]:
    """Return what a table of streams says of one, behind its name."""
    replication_key = f"`{stream.replication_key}`"
    return [
        f"`{stream.path}`",
        f"`{stream.data_selector}`",
        f"`{', '.join(stream.primary_keys)}`",
        replication_key if stream.replication_key else "none: in full every time",
        str(stream.page_size),
    ]


def test_the_readme_lists_every_setting_in_the_taps_own_words() -> None:
    def row(name: str, entry: dict[str, Any]) -> list[str]:
        default = json.dumps(entry["default"]).strip('"') if "default" in entry else ""
        secret = " (secret)" if entry.get("secret") else ""
        return [f"`{name}`", f"`{default}`" if default else "", entry["description"] + secret]

    wanted = [
        row(name, entry)
        for name, entry in SETTINGS["properties"].items()
        if name not in OF_THE_SDK["properties"]
    ]
    assert len(wanted) > 20
    groups = re.findall(r"\n\*\*[\w ]+\*\*\n(\n\| setting \|.*?\n)(?=\n)", README, re.DOTALL)
    assert len(groups) == 6
    assert sorted(row for group in groups for row in table(group, "setting")) == sorted(wanted)


def test_the_readme_lists_every_stream() -> None:
    wanted = [[f"`{stream.name}`", *in_a_cell(stream)] for _, stream in STREAMS]
    assert table(README, "stream") == wanted


def test_the_page_of_streams_lists_every_stream_with_its_api() -> None:
    text = PAGES["streams.md"].read_text(encoding="utf-8")
    assert table(text, "stream") == [
        [f"`{stream.name}`", api, *in_a_cell(stream)] for api, stream in STREAMS
    ]


@pytest.mark.parametrize("name", ["Balances", "IsSupplier", "IsCustomer", "in full every time"])
def test_the_page_of_streams_says_what_goes_stale(name: str) -> None:
    assert name in PAGES["streams.md"].read_text(encoding="utf-8")


def test_the_first_two_commands_of_the_readme_are_those_of_a_stranger() -> None:
    set_up = "python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run"
    assert blocks(README, "sh")[:2] == [
        f"{set_up} meltano run tap-analytics target-duckdb\n",
        f"{set_up} pytest\n",
    ]


def test_ci_runs_the_readmes_test_command() -> None:
    command = blocks(README, "sh")[1].rsplit("/uv ", 1)[1].strip()
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith(f'"$uv" {command}')


def test_the_readmes_third_block_shows_the_rows_of_every_table(tmp_path: Path) -> None:
    program = blocks(README, "sh")[2].split("<<'END'\n")[1].removesuffix("END\n")
    (tmp_path / "output").mkdir()
    with duckdb.connect(str(tmp_path / "output" / "warehouse.duckdb")) as warehouse:
        warehouse.execute("CREATE TABLE contacts AS SELECT unnest(range(1000)) AS id")
        warehouse.execute("CREATE TABLE buyers AS SELECT unnest(range(7)) AS id")
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert shown.stdout == "     7 buyers\n  1000 contacts\n"


def test_what_the_readme_shows_of_the_tables_is_every_stream() -> None:
    shown = [line.split() for line in blocks(README, "text")[1].splitlines()]
    assert [name for _, name in shown] == sorted(stream.name for _, stream in STREAMS)
    assert all(int(rows) >= 1000 for rows, _ in shown)


@pytest.mark.parametrize("example", blocks(README, "json"))
def test_an_example_configuration_of_the_readme_works(example: str) -> None:
    assert prepare_config(json.loads(example), built_in_streams()).problems == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_inside_the_project_leads_somewhere(page: str) -> None:
    text = PAGES[page].read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text)
    missing = []
    for link, anchor in links:
        target = PAGES[page].parent / link if link else PAGES[page]
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(f"{link}#{anchor}")
    assert missing == []


def test_every_module_that_the_page_on_architecture_names_exists() -> None:
    text = PAGES["architecture.md"].read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)*\w+\.py)`", text)
    assert len(named) > 20
    roots = (ROOT / "tap_analytics", ROOT)
    missing = [name for name in named if not any((root / name).is_file() for root in roots)]
    assert missing == []


def test_every_path_that_the_page_for_contributors_names_exists() -> None:
    text = PAGES["CONTRIBUTING.md"].read_text(encoding="utf-8")
    named = re.findall(r"`((?:tap_analytics|tests|docs|\.ci)/[\w./]+)`", text)
    assert len(named) > 10
    assert [n for n in named if "NAME" not in n and not (ROOT / n).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_setting_that_does_not_exist(page: str) -> None:
    """Settings stand as `name: value` or as an environment variable."""
    text = PAGES[page].read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(r"\bTAP_ANALYTICS_([A-Z_]+)\b", text)}
    # The SDK reads the level of the log for every tap.
    assert named - {"loglevel"} <= set(SETTINGS["properties"])


def test_no_page_names_a_path_of_one_machine() -> None:
    for page, path in PAGES.items():
        assert not re.search(r"(^|[\s`(])/(root|home|work|tmp)/", path.read_text("utf-8")), page
