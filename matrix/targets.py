"""The targets of the matrix: how each is installed, set, and read."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.postgres import Server

ROOT = Path(__file__).parents[1]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where a target loads to: a directory of its own, and a schema of the server."""

    directory: Path
    server: Server | None
    schema: str


@dataclass(frozen=True)
class Target:
    """One line of the matrix."""

    name: str
    package: str
    executable: str
    settings: Callable[[Place], dict[str, Any]]
    read: Callable[[Place, str], Rows]
    advice: str
    variant: str = ""
    needs_server: bool = False
    in_ci: bool = False
    known: tuple[str, ...] = ()
    """What is known to happen to cells: anything else fails in CI."""
    also: tuple[str, ...] = field(default=())
    """Further packages that it needs beside its own, by its age."""


def _jsonl(place: Place, stream: str) -> Rows:
    path = place.directory / f"{stream}.jsonl"
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines]


def _csv(place: Place, stream: str) -> Rows:
    csv.field_size_limit(10**9)
    rows: Rows = []
    for path in sorted(place.directory.glob(f"{stream}*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def _duckdb(place: Place, stream: str) -> Rows:
    with duckdb.connect(str(place.directory / "rows.duckdb"), read_only=True) as connection:
        found = connection.execute(f'SELECT * FROM main."{stream}"')  # noqa: S608 -- a stream's name
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _parquet(place: Place, stream: str) -> Rows:
    path = place.directory / f"{stream}.parquet"
    if not path.exists():
        return []
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _postgres(place: Place, stream: str) -> Rows:
    if place.server is None or stream not in place.server.tables(place.schema):
        return []
    return place.server.rows(place.schema, stream)


def _meltanolabs(**more: object) -> Callable[[Place], dict[str, Any]]:
    def settings(place: Place) -> dict[str, Any]:
        server = place.server.settings() if place.server else {}
        return {**server, "default_target_schema": place.schema, **more}

    return settings


def _pipelinewise(place: Place) -> dict[str, Any]:
    server = dict(place.server.settings()) if place.server else {}
    server["dbname"] = server.pop("database", "")
    # Its handling of states waits for batches of this size.
    return {**server, "default_target_schema": place.schema, "batch_size_rows": 100}


def _universal(file_type: str) -> Callable[[Place], dict[str, Any]]:
    def settings(place: Place) -> dict[str, Any]:
        return {"protocol": "local", "file_type": file_type, "path": str(place.directory)}

    return settings


def _files(**more: object) -> Callable[[Place], dict[str, Any]]:
    return lambda place: {"destination_path": str(place.directory), **more}


POSTGRES = "meltanolabs-target-postgres"
TARGETS = (
    Target(
        "target-duckdb",
        str(ROOT / "targets" / "duckdb"),
        "target-duckdb-exact",
        lambda place: {
            "path": str(place.directory / "rows.duckdb"),
            "default_target_schema": "main",
        },
        _duckdb,
        "the guard (`targets/duckdb`), as `meltano.yml` has it",
        variant="with the guard",
        in_ci=True,
        known=(
            "digits of nested numbers lost",
            "digits of numbers lost",
            "empty text became null",
        ),
    ),
    Target(
        "target-jsonl",
        "target-jsonl~=0.1.4",
        "target-jsonl",
        _files(do_timestamp_file=False),
        _jsonl,
        "it only adds lines: the last line of a key is the record. It prints a state only where"
        " one is the last message",
        in_ci=True,
    ),
    Target(
        POSTGRES,
        f"{POSTGRES}~=0.8.1",
        "target-postgres",
        _meltanolabs(),
        _postgres,
        "nothing",
        needs_server=True,
        in_ci=True,
    ),
    Target(
        POSTGRES,
        f"{POSTGRES}~=0.8.1",
        "target-postgres",
        _meltanolabs(hard_delete=True),
        _postgres,
        "nothing; with `emit_activate_version_messages` deleted records go, too",
        variant="`hard_delete`",
        needs_server=True,
    ),
    Target(
        POSTGRES,
        f"{POSTGRES}~=0.8.1",
        "target-postgres",
        _meltanolabs(validate_records=False, add_record_metadata=False, activate_version=False),
        _postgres,
        "nothing; no columns `_sdc_…`, and no deletion of records that are gone at the source",
        variant="`validate_records: false`, `add_record_metadata: false`, "
        "`activate_version: false`",
        needs_server=True,
    ),
    Target(
        POSTGRES,
        f"{POSTGRES}~=0.8.1",
        "target-postgres",
        _meltanolabs(use_copy=True, validate_records=False),
        _postgres,
        "no `use_copy` where a field is a number: it loses digits. It also runs a field's name as"
        " SQL where it has a quote in it ([upstream.md](upstream.md)); the tap takes no such name"
        " from an API",
        variant="`use_copy`",
        needs_server=True,
    ),
    Target(
        "pipelinewise-target-postgres",
        "pipelinewise-target-postgres~=2.1",
        "target-postgres",
        _pipelinewise,
        _postgres,
        "another target, where line breaks or digits matter",
        needs_server=True,
        also=("setuptools<80",),
    ),
    Target(
        "meltanolabs-target-csv",
        "meltanolabs-target-csv~=0.5.0",
        "target-csv",
        lambda place: {"output_path": str(place.directory)},
        _csv,
        "a `file_naming_scheme` with `{timestamp}`: a run replaces the last one",
    ),
    Target(
        "meltanolabs-target-csv",
        "meltanolabs-target-csv~=0.5.0",
        "target-csv",
        lambda place: {
            "output_path": str(place.directory),
            "overwrite_behavior": "append_records",
        },
        _csv,
        "the next line: this setting is declared and not read",
        variant="`append_records`",
    ),
    Target(
        "meltanolabs-target-csv",
        "meltanolabs-target-csv~=0.5.0",
        "target-csv",
        lambda place: {
            "output_path": str(place.directory),
            "file_naming_scheme": "{stream_name}-{timestamp}.csv",
        },
        _csv,
        "a file for each run: the last line of a key is the record",
        variant="a file a run",
    ),
    *(
        Target(
            "target-universal-file",
            "target-universal-file==0.0.1",
            "target-universal-file",
            _universal(kind),
            read,
            advice,
            variant=f"`{kind}`",
        )
        for kind, read, advice in (
            ("jsonl", _jsonl, "target-jsonl: this one cannot write a date-time as JSON"),
            ("csv", _csv, "a `file_name_format` with a time: a run replaces the last one"),
            ("parquet", _parquet, "another target: this one cannot write a list as Parquet"),
        )
    ),
    Target(
        "target-sqlite",
        "target-sqlite==0.2.0",
        "target-sqlite",
        lambda place: {"database": str(place.directory / "rows")},
        lambda _place, _stream: [],
        "it does not start on Python 3.10 or later",
        also=("setuptools<80",),
    ),
    Target(
        "target-parquet",
        "target-parquet==0.0.1",
        "target-parquet",
        _files(),
        _parquet,
        "another target: it wants a pyarrow of 2019",
    ),
)


def latest(rows: Rows, keys: Mapping[str, Any] | tuple[str, ...]) -> Rows:
    """Return the last of the records that share a key: what a reader of appended files takes."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        found[tuple(str(row.get(key)) for key in keys)] = row
    return list(found.values())
