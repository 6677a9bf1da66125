"""What an API calls its fields never runs as SQL: it is a column's name, or it is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.hostile import (
    RESERVED,
    Messages,
    names,
    rows_with_fields,
    with_fields,
    with_stream,
)
from tests.support.paths import ROOT
from tests.support.slow import slow
from tests.support.targets import TARGETS, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VICTIM = with_stream("victim")
VICTIM_ROWS = [("one", "changed"), ("two", "second")]


def is_refused(name: str) -> bool:
    """Whether DuckDB cannot have this name: it is empty, or no text."""
    return not name or any("\ud800" <= letter <= "\udfff" for letter in name)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def runs(tmp_path: Path, cases: list[Messages]) -> list[tuple[str | None, str]]:
    """Load each case as a run of its own into one database."""
    config = {
        "path": str(tmp_path / "rows.duckdb"),
        "default_target_schema": "main",
        "batch_size_rows": 2,
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "cwd").mkdir()
    driver = subprocess.run(
        [sys.executable, "-m", "tests.support.duckdb_runs", str(tmp_path / "config.json")],
        input="".join(json.dumps(case) + "\n" for case in [VICTIM, *cases]),
        env={**os.environ, "PYTHONPATH": f"{TARGETS}{os.pathsep}{ROOT}"},
        cwd=tmp_path / "cwd",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert driver.returncode == 0, driver.stderr[-3000:]
    answers = [json.loads(line) for line in driver.stdout.splitlines()]
    assert len(answers) == len(cases) + 1
    return [(error, output) for error, output in answers[1:]]


def nothing_ran(tmp_path: Path, canary: Path) -> None:
    """No file came into being anywhere, and the table that was there is as it was."""
    assert list(canary.iterdir()) == []
    assert list((tmp_path / "cwd").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("rows.duckdb", "config.json", "cwd", "canary")
    }
    with duckdb.connect(str(tmp_path / "rows.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT * FROM victim ORDER BY id").fetchall()
    assert found == VICTIM_ROWS


def tables(database: Path) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Every table of every schema: the names of its columns and its rows."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()")
        held = {}
        for schema, table in found.fetchall():
            assert schema == "main"
            rows = connection.execute(f"SELECT * FROM main.{quoted(table)} ORDER BY 1")  # noqa: S608
            held[table] = ([part[0] for part in rows.description or []], rows.fetchall())
    return held


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "canary").mkdir()
    return tmp_path / "canary"


@pytest.mark.parametrize("amount", ["few", slow("all")])
def test_a_field_of_any_name_is_a_column_of_that_name(
    tmp_path: Path, canary: Path, amount: str
) -> None:
    found = names(canary, amount)
    hostile = list({name.lower(): name for name in found}.values())
    assert len(hostile) >= (500 if amount == "all" else 140)
    refused = [name for name in hostile if is_refused(name)]
    assert len(refused) == 3
    allowed = [name for name in hostile if not is_refused(name)]
    groups = [allowed[start : start + 8] for start in range(0, len(allowed), 8)]
    groups += [[name] for name in refused]
    cases = {f"case{number}": group for number, group in enumerate(groups)}
    answers = runs(tmp_path, [with_fields(stream, *group) for stream, group in cases.items()])
    nothing_ran(tmp_path, canary)
    held = tables(tmp_path / "rows.duckdb")
    assert held.keys() == {"victim", *list(cases)[: -len(refused)]}
    for (stream, group), (error, output) in zip(cases.items(), answers, strict=True):
        if is_refused(group[0]):
            assert error is not None
            assert "name" in error
            assert "\n" not in error
            assert output == ""
            continue
        assert error is None, group
        assert json.loads(output) == {"loaded": stream}
        columns, rows = held[stream]
        by_name = [dict(zip(columns, row, strict=True)) for row in rows]
        stamp = next(c for c in columns if c.startswith(f"{group[0]}.v_".lower()))[-14:]
        wanted = [
            {re.sub(r"\.old$", f".v{stamp}", field).lower(): cell for field, cell in row.items()}
            for row in rows_with_fields(*group)
        ]
        assert by_name == wanted, group


@pytest.mark.parametrize("amount", ["few", slow("all")])
def test_a_stream_of_any_name_is_a_table_of_that_name(
    tmp_path: Path, canary: Path, amount: str
) -> None:
    expected: dict[str, str] = {}
    for name in names(canary, amount):
        parts = name.split("-")
        table = parts[1] if len(parts) == 2 else name if len(parts) == 1 else "_".join(parts[2:])
        table = table.replace(".", "_").lower()
        expected.setdefault(table, name)
    answers = runs(tmp_path, [with_stream(name) for name in expected.values()])
    nothing_ran(tmp_path, canary)
    held = tables(tmp_path / "rows.duckdb")
    for (table, name), (error, _) in zip(expected.items(), answers, strict=True):
        if is_refused(table):
            assert error is not None
            assert "name" in error
        else:
            assert error is None, name
            assert held.pop(table) == (["id", "v"], VICTIM_ROWS), name
    assert held.keys() == {"victim"}


def test_two_names_that_would_be_one_are_refused(tmp_path: Path) -> None:
    def refusal(messages: Messages) -> str:
        run = load(tmp_path, messages)
        assert run.returncode == 1
        assert run.stdout == ""
        assert "Traceback" not in run.stderr
        return run.stderr.splitlines()[-1]

    twins = with_fields("rows", "Name")
    twins[0]["schema"]["properties"]["naMe"] = {"type": "string"}
    assert "the fields 'Name' and 'naMe', which would be one column" in refusal(twins)
    one_table = [*with_stream("a.b"), *with_stream("A_b")]
    assert "'a.b' and 'A_b' would go into one table" in refusal(one_table)


@pytest.mark.parametrize(
    ("program", "files"),
    [
        pytest.param("import target_duckdb; target_duckdb.main()", ["0.csv"], id="target-duckdb"),
        pytest.param("import target_duckdb_exact as t; t.main()", [], id="the guard"),
    ],
)
def test_without_the_guard_such_a_name_writes_a_file(
    tmp_path: Path, canary: Path, program: str, files: list[str]
) -> None:
    name = f"a\" varchar); copy (select 42) to '{canary}/0.csv'; --"
    assert name == name.lower(), "target-duckdb makes every name lower case"
    load(tmp_path, with_fields("rows", name), program=program)
    assert [path.name for path in canary.iterdir()] == files


def test_a_statement_that_got_through_all_the_same_would_reach_no_file(
    tmp_path: Path, canary: Path
) -> None:
    """The second wall, for the day on which the quotes fail."""
    unquoted = "table.quoted = columns.quoted = lambda *names: '.'.join(f'\"{n}\"' for n in names)"
    name = f"a\" varchar); COPY (SELECT 42) TO '{canary}/0.csv'; --"
    program = f"from target_duckdb_exact import main, table, columns; {unquoted}; main()"
    run = load(tmp_path, with_fields("rows", name), program=program)
    assert run.returncode == 1
    assert "file system operations are disabled" in run.stderr
    assert list(canary.iterdir()) == []


def test_ordinary_names_are_what_they_were(tmp_path: Path) -> None:
    """Of reserved words and camel case target-duckdb makes the same columns, guard or no guard."""
    names_ = [*RESERVED, "CamelCase", "with space", "with-dash", "a.b", "_sdc_x", "é", "99"]
    properties = {name: {"type": "string"} for name in ["id", *names_]}
    schema = {"type": "object", "properties": properties}
    messages: Messages = [
        {"type": "SCHEMA", "stream": "Some-Rows", "schema": schema, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "Some-Rows", "record": {name: name for name in properties}},
    ]
    made: list[Any] = []
    program: Callable[[str], str] = "import {0}; {0}.main()".format
    for module in ("target_duckdb", "target_duckdb_exact"):
        (tmp_path / module).mkdir()
        assert load(tmp_path / module, messages, program=program(module)).returncode == 0
        with duckdb.connect(str(tmp_path / module / "rows.duckdb")) as connection:
            made.append(
                connection.execute(
                    "SELECT table_name, column_name, data_type FROM duckdb_columns()"
                    " WHERE database_name = 'rows' AND schema_name = 'main' ORDER BY column_index"
                ).fetchall()
            )
    assert made[0] == made[1]
    assert len(made[0]) == len(properties)
