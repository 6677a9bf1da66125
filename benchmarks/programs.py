"""The programs that are measured, and how each is pointed at the pages."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import counting
from benchmarks.data import EMPTY_PATHS, STREAM, TOKEN
from benchmarks.measure import Peer

if TYPE_CHECKING:
    from benchmarks.measure import Source

OURS = "tap-analytics"
PLAIN = "plain SDK tap"
PLAIN_MSGSPEC = "plain SDK tap, msgspec writer"
DLT = "dlt extract"
DLT_RAW = "dlt extract, compression off"
BARE = "bare loop"
IMPORT_SDK = "import singer_sdk"
IMPORT_TAP = "import tap_analytics.tap"
OURS_TO_DUCKDB = "tap-analytics, target-duckdb"
DLT_TO_DUCKDB = "dlt pipeline"
DLT_FLAT_TO_DUCKDB = "dlt pipeline, nested values as JSON, loaded by JSONL"

PEERS = Path(__file__).with_name("peers")
TAP = [sys.executable, "-m", "tap_analytics"]
TARGET_FOLDER = str(PEERS.parents[1] / "targets" / "duckdb")
TARGET = [
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {TARGET_FOLDER!r}); import target_duckdb_exact as t; t.main()",
]
NO_COMPRESSION = (("DATA_WRITER__DISABLE_COMPRESSION", "true"),)
UP_TO_DATE = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000000Z}"
"""A bookmark that an hourly run has: one in the future is refused."""


def ours(
    label: str = OURS,
    streams: tuple[str, ...] = (STREAM,),
    **settings: Any,  # noqa: ANN401 - the tap's own settings
) -> Peer:
    """Return the tap, reading these streams with these settings besides the defaults."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        return [_tap_command(source, folder, settings, streams)]

    return Peer(label, commands, counting.singer_rows, ("tap_analytics.tap",))


def ours_up_to_date() -> Peer:
    """Return the tap with eight streams, none of which has anything new."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        bookmarks: dict[str, dict[str, str]] = {path.rpartition("/")[2]: {} for path in EMPTY_PATHS}
        for name, bookmark in bookmarks.items():
            key = "UpdatedDateUTC" if name in {"bank_transactions", "contacts"} else None
            key = key or ("last_modified_at" if "disbursements" not in name else None)
            if key:
                bookmark |= {"replication_key": key, "replication_key_value": UP_TO_DATE}
        config = {"base_url": source.base_url, "access_token": TOKEN}
        state = _write(folder / "state.json", {"bookmarks": bookmarks})
        return [[*TAP, "--config", _write(folder / "config.json", config), "--state", state]]

    return Peer(OURS, commands, counting.no_rows, ("tap_analytics.tap",))


def plain_sdk(label: str, writer: str) -> Peer:
    """Return a plain tap with the SDK's `stock` or `msgspec` writer."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        config = {"base_url": source.base_url, "auth_token": TOKEN}
        path = _write(folder / "config.json", config)
        return [[sys.executable, str(PEERS / "plain_sdk.py"), writer, "--config", path]]

    return Peer(label, commands, counting.singer_rows, ("singer_sdk",))


def dlt_extract(label: str, environment: tuple[tuple[str, str], ...] = ()) -> Peer:
    """Return dlt's REST API source up to its files of extracted rows."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        return [_dlt_command(source, folder)]

    return Peer(label, commands, counting.printed_rows, ("dlt", "duckdb"), environment)


def bare_loop() -> Peer:
    """Return the loop of requests and msgspec."""

    def commands(source: Source, _folder: Path) -> list[list[str]]:
        return [[sys.executable, str(PEERS / "bare_loop.py"), source.base_url, TOKEN]]

    return Peer(BARE, commands, counting.singer_rows)


def importing(label: str, module: str) -> Peer:
    """Return an interpreter that imports a module and ends."""

    def commands(_source: Source, _folder: Path) -> list[list[str]]:
        return [[sys.executable, "-c", f"import {module}"]]

    return Peer(label, commands, counting.no_rows, (module,))


def ours_to_duckdb() -> Peer:
    """Return the tap piped into target-duckdb, as the project's Meltano file runs it."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        config = {"path": str(folder / "data.duckdb"), "default_target_schema": "main"}
        path = _write(folder / "target.json", config)
        return [_tap_command(source, folder, {}), [*TARGET, "--config", path]]

    return Peer(OURS_TO_DUCKDB, commands, _rows_in_table, ("tap_analytics.tap", "target_duckdb"))


def dlt_to_duckdb(label: str, *options: str) -> Peer:
    """Return dlt's whole pipeline, merging into DuckDB."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        database = str(folder / "data.duckdb")
        return [[*_dlt_command(source, folder), "--database", database, *options]]

    return Peer(label, commands, _rows_in_table, ("dlt", "duckdb"))


def _rows_in_table(folder: Path) -> int:
    """Count the rows in the run's database."""
    return counting.table_rows(folder / "data.duckdb", STREAM)


def _dlt_command(source: Source, folder: Path) -> list[str]:
    """Return the command that all of dlt's runs share."""
    command = [sys.executable, str(PEERS / "dlt_rest.py"), "--base-url", source.base_url]
    command += ["--token", TOKEN, "--page-size", str(source.page_size)]
    return [*command, "--folder", str(folder / "dlt")]


def _tap_command(
    source: Source, folder: Path, settings: dict[str, Any], streams: tuple[str, ...] = (STREAM,)
) -> list[str]:
    """Write the tap's configuration and return its command."""
    config = {
        "base_url": source.base_url,
        "access_token": TOKEN,
        "api": "marketplace",
        "read_by": "pages",
        "page_size": source.page_size,
        **settings,
    }
    catalog = folder / "catalog.json"
    catalog.write_bytes(_catalog(streams))
    return [*TAP, "--config", _write(folder / "config.json", config), "--catalog", str(catalog)]


@functools.cache
def _catalog(streams: tuple[str, ...]) -> bytes:
    """Return the tap's catalog with these streams selected."""
    shown = subprocess.run([*TAP, "--discover"], capture_output=True, check=True)  # noqa: S603
    catalog = json.loads(shown.stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return json.dumps(catalog).encode()


def _write(path: Path, document: dict[str, Any]) -> str:
    """Write a JSON file and return its path."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)
