"""The guard around target-duckdb: every row of every batch is in its table, or the run fails."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from target_duckdb_exact.lines import Dialect
from target_duckdb_exact.messages import _decoded
from tests.support.harness import by_token
from tests.support.streams import STREAMS
from tests.support.targets import load, record_message, schema_message
from tests.support.warehouse import differences, expected, stored

if TYPE_CHECKING:
    from pathlib import Path

STATE = {"type": "STATE", "value": {"bookmarks": {"rows": {}}}}
PIECES = (
    *"\"',\n\r\t#|;\\%=",
    *(
        "\r\n",
        '""',
        "\\N",
        "NULL",
        "null",
        "true",
        "0012",
        "1e5",
        "2024-01-01",
        " x ",
        "\x1f",
        "\x1e",
    ),
    *("é", "日本", "😀", "\u2028", '{"a": 1}', "[1,2]", "a,b", "name", "x" * 500),
)


TEXT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "text": {"type": ["string", "null"]}},
    "required": ["id"],
}
TEXT_ROWS: list[dict[str, Any]] = [
    {"id": "id", "text": "text"},
    {"id": "2", "text": "two"},
    {"id": "3", "text": None},
]
TEXT_MESSAGES: list[dict[str, Any]] = [
    schema_message("rows", TEXT_SCHEMA),
    *(record_message("rows", row) for row in TEXT_ROWS),
    STATE,
]


def made_up_table(dice: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a schema of random columns, and rows as awkward as they come."""

    def text() -> str | None:
        return dice.choice([None, "", "".join(dice.choices(PIECES, k=dice.randint(1, 5)))])

    makers: list[tuple[dict[str, Any], Any]] = [
        ({"type": ["string", "null"]}, text),
        ({"type": ["object", "null"], "properties": {}}, lambda: {"a": text(), "b": [text(), {}]}),
        ({"type": ["array", "null"], "items": {}}, lambda: [text(), dice.random(), None]),
        ({"type": ["number", "null"]}, lambda: dice.choice([0, -3, 1.2345678901, 1e15 + 0.5])),
        ({"type": ["integer", "null"]}, lambda: dice.randint(-(2**63), 2**63 - 1)),
        ({"type": ["boolean", "null"]}, lambda: dice.random() < 0.5),
        (
            {"type": ["string", "null"], "format": "date-time"},
            lambda: f"19{dice.randint(20, 99)}-01-31T23:59:59.{dice.randrange(10**6):06d}Z",
        ),
    ]
    columns = {f"c{n}": dice.choice(makers) for n in range(dice.randint(1, 8))}
    properties = {"id": {"type": "string"}, **{name: made[0] for name, made in columns.items()}}
    keys = [dice.choice(["{}", "00{}", 'k"{}', "k,{}\n", "#{}", "id{}"]) for _ in range(41)]
    rows = [
        {
            "id": key.format(number),
            **{name: None if dice.random() < 0.2 else made[1]() for name, made in columns.items()},
        }
        for number, key in enumerate(keys[: dice.choice([1, 2, 3, 41])])
    ]
    return {"type": "object", "properties": properties, "required": ["id"]}, rows


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="as it comes"),
        pytest.param({"delimiter": ",", "quotechar": '"'}, id="comma and quotes"),
    ],
)
def test_every_cell_of_awkward_tables_arrives_and_arrives_again(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    dice = random.Random(7)  # noqa: S311 -- made-up data
    tables = {f"rows{number}": made_up_table(dice) for number in range(20)}
    messages = [
        message
        for name, (schema, rows) in tables.items()
        for message in (schema_message(name, schema), *(record_message(name, row) for row in rows))
    ]
    for _ in range(2):
        run = load(tmp_path, messages, batch_size_rows=7, **settings)
        assert run.returncode == 0, run.stderr
        for name, (schema, rows) in tables.items():
            wanted = expected(rows, schema)
            found = stored(tmp_path / "rows.duckdb", name, "id")
            assert differences(found, wanted) == [], name


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(["a", "", "b c"], id="plain"),
        pytest.param(["", ""], id="nothing"),
        pytest.param([""], id="one cell, nothing in it"),
        *(pytest.param(["a", f"b{mark}c"], id=repr(mark)) for mark in ("\n", "\r", "\x1e", "\x1f")),
        pytest.param(["\x1f"], id="one cell that looks like two"),
    ],
)
def test_a_row_is_the_line_that_python_writes_and_reads_as_csv(row: list[str]) -> None:
    dialect = Dialect.of({})
    written = io.StringIO(newline="")
    csv.writer(written, delimiter="\x1f", quotechar="\x1e").writerow(row)
    assert dialect.line(row) == written.getvalue()
    read = csv.reader([dialect.line(row)], delimiter="\x1f", quotechar="\x1e")
    assert list(read) == [row]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(rb'{"a": "\ud800"}', id="half a character"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', id="half a character in UTF-8"),
        pytest.param(b'{"a": [1e999, -1E+999]}', id="too large for a double"),
        pytest.param(b'{"a": 18446744073709551616, "b": -9223372036854775809}', id="65 bits"),
        pytest.param(b'{"a": 0.1, "b": 1.0, "c": -0, "d": -0.0, "e": 5e-324}', id="numbers"),
        pytest.param(b'{"a": Infinity}', id="infinity"),
        pytest.param(b'{"a": 1, "a": 2}', id="a name twice"),
        pytest.param(b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", id="deep"),
    ],
)
def test_a_line_is_read_as_json_reads_it(line: bytes) -> None:
    assert repr(_decoded(line + b"\n")) == repr(json.loads(line))


def test_a_changed_row_replaces_the_one_with_its_key(tmp_path: Path) -> None:
    load(tmp_path, TEXT_MESSAGES)
    changed = {"id": "2", "text": "changed"}
    load(tmp_path, [TEXT_MESSAGES[0], record_message("rows", changed)])
    rows = stored(tmp_path / "rows.duckdb", "rows", "id")
    assert rows == {row["id"]: row for row in [*TEXT_ROWS, changed]}


def test_every_record_that_the_tap_sends_is_in_its_table(tmp_path: Path) -> None:
    with Sandbox(rows=dict.fromkeys(STREAMS, 130)) as sandbox:
        config = by_token(sandbox)
        (tmp_path / "tap.json").write_text(json.dumps(config), encoding="utf-8")
        program = "from tap_analytics.tap import TapAnalytics; TapAnalytics.cli()"
        tap = subprocess.run(
            [sys.executable, "-c", program, "--config", str(tmp_path / "tap.json")],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert tap.returncode == 0, tap.stderr
    messages = [json.loads(line) for line in tap.stdout.splitlines()]
    assert load(tmp_path, messages, batch_size_rows=60).returncode == 0
    for stream in STREAMS:
        schema = next(
            m["schema"] for m in messages if m["type"] == "SCHEMA" and m["stream"] == stream
        )
        sent = [m["record"] for m in messages if m["type"] == "RECORD" and m["stream"] == stream]
        rows = stored(tmp_path / "rows.duckdb", stream, schema["required"][0])
        assert len(rows) == 130
        assert differences(rows, expected(sent, schema)) == [], stream


def test_no_state_speaks_of_rows_that_are_not_in_their_table(tmp_path: Path) -> None:
    def state(*streams: str) -> dict[str, Any]:
        return {"type": "STATE", "value": {"bookmarks": {stream: {} for stream in streams}}}

    messages = [
        schema_message("few", TEXT_SCHEMA),
        record_message("few", TEXT_ROWS[0]),
        state("few"),
        schema_message("many", TEXT_SCHEMA),
        *(record_message("many", row) for row in TEXT_ROWS),
        state("few", "many"),
        {"type": "broken off here"},
    ]
    run = load(tmp_path, messages, batch_size_rows=3)
    assert run.returncode == 1
    assert [json.loads(line) for line in run.stdout.splitlines()] == [state("few")["value"]]
    assert len(stored(tmp_path / "rows.duckdb", "few", "id")) == 1


def test_without_the_guard_a_row_is_lost_and_the_run_succeeds(tmp_path: Path) -> None:
    run = load(tmp_path, TEXT_MESSAGES, program="import target_duckdb; target_duckdb.main()")
    assert run.returncode == 0, run.stderr
    assert len(stored(tmp_path / "rows.duckdb", "rows", "id")) == len(TEXT_ROWS) - 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        pytest.param(
            "table.COPY = table.COPY.replace('HEADER false', 'HEADER true')",
            "2 of 3 rows came through DuckDB's COPY",
            id="a COPY that loses a row",
        ),
        pytest.param(
            "table.Table._merge = lambda self: 2",
            "2 of 3 rows reached the table",
            id="a merge that loses a row",
        ),
    ],
)
def test_a_batch_that_is_not_wholly_loaded_fails_the_run_before_the_state(
    tmp_path: Path, changed: str, what: str
) -> None:
    program = f"from target_duckdb_exact import main, table; {changed}; main()"
    run = load(tmp_path, TEXT_MESSAGES, program=program)
    assert run.returncode == 1
    assert run.stdout == ""
    assert f"A batch of stream 'rows' is not wholly loaded: {what}." in run.stderr
    assert stored(tmp_path / "rows.duckdb", "rows", "id") == {}


def test_a_state_that_comes_after_the_last_full_batch_goes_out(tmp_path: Path) -> None:
    run = load(tmp_path, TEXT_MESSAGES, batch_size_rows=len(TEXT_ROWS))
    assert [json.loads(line) for line in run.stdout.splitlines()] == [STATE["value"]]


def test_keys_that_are_one_when_joined_by_a_comma_are_two_rows(tmp_path: Path) -> None:
    rows = [{"a": "x,y", "b": "z"}, {"a": "x", "b": "y,z"}]
    properties = {name: {"type": "string"} for name in ("a", "b")}
    schema = {"type": "object", "properties": properties, "required": ["a", "b"]}
    sent = [schema_message("rows", schema), *(record_message("rows", row) for row in rows)]
    for _ in range(2):
        assert load(tmp_path, sent).returncode == 0, "also where there is nothing but the key"
    assert len(stored(tmp_path / "rows.duckdb", "rows", "a")) == 2


def test_a_column_whose_type_changes_twice_in_a_minute_keeps_what_it_held(tmp_path: Path) -> None:
    messages: list[dict[str, Any]] = []
    kinds: list[tuple[str, Any]] = [("string", "text"), ("integer", 5), ("boolean", True)]
    for kind, value in kinds:
        properties = {"id": {"type": "string"}, "v": {"type": kind}}
        schema = {"type": "object", "properties": properties, "required": ["id"]}
        row = {"id": kind, "v": value}
        messages += [schema_message("rows", schema), record_message("rows", row)]
    run = load(tmp_path, messages)
    assert run.returncode == 0, run.stderr
    rows = stored(tmp_path / "rows.duckdb", "rows", "id")
    for kind, value in kinds:
        held = [cell for name, cell in rows[kind].items() if name != "id" and cell is not None]
        assert held == [value]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param("{", "Line 1 of the input is no Singer message", id="not JSON"),
        pytest.param("[1]", "Line 1 of the input is no Singer message", id="no object"),
        pytest.param('{"type": "X"}', "Line 1 of the input is no Singer message", id="type"),
        pytest.param(
            '{"type": "RECORD", "stream": "a", "record": {}}',
            "A record of stream 'a' came before the stream's schema",
            id="no schema",
        ),
        pytest.param(
            '{"type": "SCHEMA", "stream": "a", "schema": {}, "key_properties": ["id"]}',
            "The schema of stream 'a' has no properties",
            id="no properties",
        ),
        pytest.param(
            '{"type": "SCHEMA", "stream": "a", "schema": {"properties": 1}, "key_properties": []}',
            "Stream 'a' has no key",
            id="no key",
        ),
    ],
)
def test_what_is_no_message_is_refused_in_a_sentence(
    tmp_path: Path, line: str, sentence: str
) -> None:
    run = load(tmp_path, [line])
    assert run.returncode == 1
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
