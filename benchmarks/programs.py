"""The programs that are measured, and how each is pointed at the pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import counting
from benchmarks.checkout import HERE, Checkout, tap_command, write_json
from benchmarks.data import EMPTY_PATHS, STREAM, TOKEN, UP_TO_DATE, modification_time
from benchmarks.measure import Peer

if TYPE_CHECKING:
    from benchmarks.measure import Source

OURS = "tap-analytics"
BEFORE = "tap-analytics, before"
PLAIN = "plain SDK tap"
PLAIN_MSGSPEC = "plain SDK tap, msgspec writer"
DLT = "dlt extract"
DLT_RAW = "dlt extract, compression off"
BARE = "bare loop"
IMPORT_SDK = "import singer_sdk"
IMPORT_TAP = "import tap_analytics.tap"

PEERS = Path(__file__).with_name("peers")
NO_COMPRESSION = (("DATA_WRITER__DISABLE_COMPRESSION", "true"),)


def ours(
    label: str = OURS,
    streams: tuple[str, ...] = (STREAM,),
    checkout: Checkout = HERE,
    **settings: Any,  # noqa: ANN401 - the tap's own settings
) -> Peer:
    """Return a checkout's tap, reading these streams with these settings besides the defaults."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        return [tap_command(source, folder, settings, streams, checkout)]

    return Peer(label, commands, counting.singer_rows, ("tap_analytics.tap",))


def ours_up_to_date() -> Peer:
    """Return the tap with eight streams, none of which has anything new."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        bookmarks: dict[str, dict[str, str]] = {}
        for path in EMPTY_PATHS:
            key, name = modification_time(path), path.rpartition("/")[2]
            at = {"replication_key": key, "replication_key_value": UP_TO_DATE} if key else {}
            bookmarks[name] = at
        config = {"base_url": source.base_url, "access_token": TOKEN}
        state = write_json(folder / "state.json", {"bookmarks": bookmarks})
        return [
            [*HERE.tap, "--config", write_json(folder / "config.json", config), "--state", state]
        ]

    return Peer(OURS, commands, counting.new_rows, ("tap_analytics.tap",))


def plain_sdk(label: str, writer: str) -> Peer:
    """Return a plain tap with the SDK's `stock` or `msgspec` writer."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        config = {"base_url": source.base_url, "auth_token": TOKEN}
        path = write_json(folder / "config.json", config)
        return [[sys.executable, str(PEERS / "plain_sdk.py"), writer, "--config", path]]

    return Peer(label, commands, counting.singer_rows, ("singer_sdk",))


def dlt_extract(label: str, environment: tuple[tuple[str, str], ...] = ()) -> Peer:
    """Return dlt's REST API source up to its files of extracted rows."""

    def commands(source: Source, folder: Path) -> list[list[str]]:
        return [dlt_command(source, folder)]

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


def dlt_command(source: Source, folder: Path) -> list[str]:
    """Return the command that all of dlt's runs share."""
    command = [sys.executable, str(PEERS / "dlt_rest.py"), "--base-url", source.base_url]
    command += ["--token", TOKEN, "--page-size", str(source.page_size)]
    return [*command, "--folder", str(folder / "dlt")]
