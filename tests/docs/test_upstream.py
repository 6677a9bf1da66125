"""The reports on targets for upstream: each case is run as the page has it, and does so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.fetched import fetched
from tests.support.paths import DOCS

PAGE = (DOCS / "upstream.md").read_text(encoding="utf-8")
DUCKDB = str(Path(sys.executable).with_name("target-duckdb"))
pytestmark = pytest.mark.slow


def cases(heading: str) -> list[str]:
    """Return the code blocks below a heading."""
    section = re.split(r"^##+ ", PAGE[PAGE.index(heading) + len(heading) :], flags=re.MULTILINE)[0]
    return re.findall(r"```json\n(.*?)```", section, re.DOTALL)


def run(target: list[str], directory: Path, messages: str, config: str) -> Any:  # noqa: ANN401 -- a process
    (directory / "config.json").write_text(config, encoding="utf-8")
    return subprocess.run(
        [*target, "--config", "config.json"],
        cwd=directory,
        input=messages,
        capture_output=True,
        text=True,
        check=False,
    )


def duck(directory: Path, heading: str, batch: int = 100_000) -> Any:  # noqa: ANN401 -- a process
    config = f'{{"path": "x.duckdb", "default_target_schema": "main", "batch_size_rows": {batch}}}'
    return run([DUCKDB], directory, cases(heading)[0], config)


def rows(directory: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(directory / "x.duckdb")) as connection:
        return connection.execute(f"SELECT * FROM main.{table} ORDER BY 1").fetchall()  # noqa: S608


def test_duckdb_takes_the_first_row_for_a_header(tmp_path: Path) -> None:
    assert duck(tmp_path, "### The first row of a batch").returncode == 0
    assert rows(tmp_path, "rows") == [("2", "two"), ("3", None)]


def test_duckdb_lets_a_state_out_before_its_rows(tmp_path: Path) -> None:
    out = duck(tmp_path, "### A state goes out before", batch=2).stdout
    assert out.splitlines()[0] == '{"bookmarks": {"few": 1}}'
    assert rows(tmp_path, "few") == []


def test_duckdb_holds_the_last_state_back(tmp_path: Path) -> None:
    out = duck(tmp_path, "### The last state is held back", batch=2).stdout
    assert set(out.splitlines()) == {'{"bookmarks": {"many": 0}}'}


def test_duckdb_runs_a_name_as_sql(tmp_path: Path) -> None:
    duck(tmp_path, "### A field's name runs as SQL")
    assert (tmp_path / "ran.csv").exists()


def test_duckdb_makes_one_row_of_two_keys(tmp_path: Path) -> None:
    assert duck(tmp_path, "### Two keys become one").returncode == 0
    assert rows(tmp_path, "rows") == [("p", "q", 3), ("x", "y,z", 2)]


def test_csv_replaces_the_file_of_the_last_run(tmp_path: Path) -> None:
    csv = fetched("meltanolabs-target-csv~=0.5.0", "target-csv")
    for messages in cases("## meltanolabs-target-csv"):
        assert run(csv, tmp_path, messages, '{"output_path": "."}').returncode == 0
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8").split() == ["id", "2"]
