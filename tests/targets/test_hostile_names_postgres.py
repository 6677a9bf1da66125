"""The same hostile names into PostgreSQL, through meltanolabs-target-postgres as it is.

It keeps names as they are, in upper and lower case. What it cannot have ends its run with a
traceback of its own, before a row is written: an empty name, one with a NUL or half a character in
it, one of more than 63 bytes, and those of PostgreSQL's own columns, such as `ctid`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hostile import Messages, names, with_stream
from tests.support.postgres import loading
from tests.support.slow import slow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server

PER_STREAM = 20
SYSTEM_COLUMNS = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}


def is_refused(name: str) -> bool:
    """Whether PostgreSQL or the target cannot have this name."""
    if not name or name in SYSTEM_COLUMNS or len(name.encode("utf-8", "surrogatepass")) > 63:
        return True
    return "\0" in name or any("\ud800" <= letter <= "\udfff" for letter in name)


def with_columns(stream: str, *fields: str) -> Messages:
    """Return messages of a stream with fields of these names: two rows, and one of them changed."""
    text = {"type": ["string", "null"]}
    properties = {"id": {"type": "string"}, **dict.fromkeys(fields, text)}
    rows = [("one", "first"), ("two", "second"), ("one", "changed")]
    schema = {"type": "object", "properties": properties}
    return [
        {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["id"]},
        *(
            {
                "type": "RECORD",
                "stream": stream,
                "record": dict.fromkeys(fields, cell) | {"id": key},
            }
            for key, cell in rows
        ),
        {"type": "STATE", "value": {"loaded": stream}},
    ]


def load(database: Server, directory: Path, *runs: Messages, **settings: object) -> list[int]:
    """Run the target once for each and return its exit codes."""
    with loading(database, directory, **settings) as loaded:
        written = ["".join(json.dumps(message) + "\n" for message in run) for run in runs]
        return [loaded(run.encode()) for run in written]


def ask(database: Server, query: str) -> list[Any]:
    """Return the rows of a query that gives one JSON value each."""
    return [json.loads(text) for text in database.texts(query)]


@pytest.fixture
def canary() -> Iterator[Path]:
    """A directory with a short name, for 63 bytes are not many, that the server may write to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.parametrize("amount", ["few", slow("all")])
def test_a_field_of_any_name_that_postgres_can_have_is_a_column_of_that_name(
    database: Server, tmp_path: Path, canary: Path, amount: str
) -> None:
    # U+10FFFF, which is no character, comes back as nothing: whose doing that is, is not known.
    known = [name for name in names(canary, amount) if "\U0010ffff" not in name]
    allowed = [name for name in known if not is_refused(name)]
    assert len(allowed) >= (500 if amount == "all" else 120)
    groups = {
        f"case{start}": allowed[start : start + PER_STREAM]
        for start in range(0, len(allowed), PER_STREAM)
    }
    run = [*with_stream("victim")]
    for stream, fields in groups.items():
        run += with_columns(stream, *fields)
    assert load(database, tmp_path, run) == [0]
    assert list(canary.iterdir()) == []
    tables = ask(
        database, "SELECT to_json(tablename)::text FROM pg_tables WHERE schemaname = 'loaded'"
    )
    assert set(tables) == {"victim", *groups}
    for stream, fields in groups.items():
        # Not "t": that is the name of a column too.
        query = f"SELECT row_to_json(whole)::text FROM loaded.{stream} whole ORDER BY id"  # noqa: S608 -- our own name
        found = ask(database, query)
        cells = [{k: v for k, v in row.items() if not k.startswith("_sdc_")} for row in found]
        wanted = [
            dict.fromkeys(fields, "changed") | {"id": "one"},
            dict.fromkeys(fields, "second") | {"id": "two"},
        ]
        different = [set(a.items()) ^ set(b.items()) for a, b in zip(cells, wanted, strict=True)]
        assert different == [set(), set()]
    (one, two) = ask(database, "SELECT row_to_json(t)::text FROM loaded.victim t ORDER BY id")
    assert (one["v"], two["v"]) == ("changed", "second")


def test_a_name_that_postgres_cannot_have_ends_the_run_before_a_row_is_there(
    database: Server, tmp_path: Path
) -> None:
    refused = ["", "a\0b", "\ud800", "x" * 64, "é" * 32, "ctid"]
    assert all(map(is_refused, refused))
    runs = [with_columns(f"refused{n}", name) for n, name in enumerate(refused)]
    assert load(database, tmp_path, *runs) == [1] * len(refused)
    query = "SELECT to_json(tablename)::text FROM pg_tables WHERE tablename LIKE 'refused%'"
    for table in ask(database, query):
        assert ask(database, f"SELECT row_to_json(t)::text FROM loaded.{table} t") == []  # noqa: S608 -- our own name


@pytest.mark.parametrize(
    ("use_copy", "written"),
    [pytest.param(False, [], id="plain"), pytest.param(True, ["ran"], id="use_copy")],
)
def test_with_use_copy_a_name_with_a_quote_runs_as_sql(
    database: Server,
    tmp_path: Path,
    canary: Path,
    *,
    use_copy: bool,
    written: list[str],
) -> None:
    """The target's own fault (docs/upstream.md): such a name must never reach it."""
    name = f"_sdc_sequence\") to program 'touch {canary}/ran' --"
    assert len(name) <= 63
    load(database, tmp_path, with_columns(f"copied_{use_copy}", name), use_copy=use_copy)
    assert [path.name for path in canary.iterdir()] == written
