"""How many rows a peer has really written: read from its output, not taken from its word."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from benchmarks.data import EMPTY_PATHS, modification_time
from benchmarks.measure import PeerError

if TYPE_CHECKING:
    from pathlib import Path

QUERY = """\
import json, sys, duckdb
database = duckdb.connect(sys.argv[1], read_only=True)
tables = database.execute(
    "select table_schema, table_name from information_schema.tables where table_name = ?",
    [sys.argv[2]],
).fetchall()
(schema, table), = [each for each in tables if not each[0].endswith("_staging")]
print(json.dumps(database.execute(
    f'select count(*), count(distinct id) from "{schema}"."{table}"'
).fetchone()))
"""


class _Record(msgspec.Struct):
    """The part of a record that tells it from the others."""

    id: str


class _Message(msgspec.Struct):
    """The part of a Singer message that is counted."""

    type: str
    stream: str = ""
    record: _Record | None = None


def singer_rows(folder: Path) -> int:
    """Return the number of RECORD messages; raise where two have the same key."""
    decoder = msgspec.json.Decoder(_Message)
    rows, keys = 0, set()
    with (folder / "out").open("rb") as lines:
        for line in lines:
            message = decoder.decode(line)
            if message.type == "RECORD" and message.record is not None:
                rows += 1
                keys.add(hash((message.stream, message.record.id)))
    return _distinct(rows, len(keys))


def printed_rows(folder: Path) -> int:
    """Return the number that the peer printed as its last line."""
    return int((folder / "out").read_text(encoding="utf-8").split()[-1])


def no_rows(folder: Path) -> int:
    """Return the number of RECORD messages of a run that has nothing to read."""
    return (folder / "out").read_bytes().count(b'"RECORD"')


def new_rows(folder: Path) -> int:
    """Return the number of RECORD messages beyond those of the bookmarks, which come again."""
    bookmarks = sum(modification_time(path) is not None for path in EMPTY_PATHS)
    return no_rows(folder) - bookmarks


def table_rows(database: Path, table: str) -> int:
    """Return the rows of a DuckDB table."""
    shown = subprocess.run(  # noqa: S603 - a fixed query
        [sys.executable, "-c", QUERY, str(database), table],
        capture_output=True,
        text=True,
        check=True,
    )
    rows, distinct = json.loads(shown.stdout)
    return _distinct(rows, distinct)


def _distinct(rows: int, keys: int) -> int:
    """Return the rows where each has its own key."""
    if rows != keys:
        message = f"{rows} rows came out, but only {keys} different keys."
        raise PeerError(message)
    return rows
