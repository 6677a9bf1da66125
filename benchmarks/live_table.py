"""A table that somebody works with, read every hour: who loses rows, and what it costs.

`uv run --group bench python -m benchmarks.live_table` writes `docs/live-tables.md` and its plot.
The sandbox edits its table with each request, and its clock goes on without anybody waiting. Every
program asks for what changed since its last run, and then runs twice more while nobody edits.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.checkout import HERE
from benchmarks.live_page import Reading, Table, row, write
from benchmarks.programs import PEERS
from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parents[1] / "docs"
OFFERS, PAYMENTS = "private_offers", "analytics_marketplace_disbursements"
RATES = (0.1, 1.0, 5.0, 20.0)
ORDERS = {"key": "key", "oldest": "modified", "newest": "-modified"}
"""What the server sorts by where nobody asks for an order."""

RUNS, QUIET_RUNS = 4, 2
HOUR, SECONDS_PER_PAGE = 3600.0, 0.25
LEAST_WINDOWS = 30
"""Windows have larger pages, and are measured on as many."""

Held = dict[str, Any]


@dataclass
class Reader:
    """Runs a program; what it has written so far is `held`, by key."""

    api: Sandbox
    folder: Path
    page_size: int
    stream: str = OFFERS
    settings: dict[str, Any] = field(default_factory=dict)
    held: Held = field(default_factory=dict)
    proven: bool | None = None
    clock_ahead: float = 0.0
    """Seconds that the server's clock is ahead of this machine's: below zero, it is behind."""

    def ours(self) -> None:
        """Run the tap."""
        report = self.folder / "report.json"
        config = {
            "base_url": self.api.base_url,
            "access_token": self.api.mint_token(),
            "api": "marketplace",
            "page_size": self.page_size,
            "report_path": str(report),
            **self.settings,
        }
        self._singer([*HERE.tap, "--catalog", str(self._catalog(config))], config)
        streams = json.loads(report.read_text(encoding="utf-8"))["streams"]
        self.proven = streams[0]["verdict"] == "proven"

    def plain(self) -> None:
        """Run a plain SDK tap."""
        config = {
            "base_url": self.api.base_url,
            "auth_token": self.api.mint_token(),
            "page_size": self.page_size,
            "incremental": True,
            "clock_ahead": self.clock_ahead,
        }
        self._singer([sys.executable, str(PEERS / "plain_sdk.py"), "stock"], config)

    def dlt(self) -> None:
        """Run a dlt pipeline that merges into DuckDB."""
        database = self.folder / "data.duckdb"
        command = [sys.executable, str(PEERS / "dlt_rest.py"), "--incremental"]
        command += ["--base-url", self.api.base_url, f"--token={self.api.mint_token()}"]
        command += ["--page-size", str(self.page_size), "--folder", str(self.folder / "dlt")]
        command += ["--database", str(database), f"--lag={self.settings.get('lag', 0)}"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own script
        with import_module("duckdb").connect(str(database), read_only=True) as connection:
            rows = connection.execute(
                f"SELECT id, last_modified_at FROM benchmark.{OFFERS}"  # noqa: S608 - a constant
            ).fetchall()
        self.held = {key: time.astimezone(UTC) for key, time in rows}

    def _singer(self, command: list[str], config: dict[str, Any]) -> None:
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        state = self.folder / "state.json"
        command = [*command, "--config", str(self.folder / "config.json")]
        command += ["--state", str(state)] if state.exists() else []
        ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our programs
        if ran.returncode:
            raise SystemExit(ran.stderr.decode())
        for message in map(json.loads, ran.stdout.splitlines()):
            if message["type"] == "STATE":
                state.write_text(json.dumps(message["value"]), encoding="utf-8")
            elif message["type"] == "RECORD":
                record = message["record"]
                self.held[record["id"]] = _modified(record)

    def _catalog(self, config: dict[str, Any]) -> Path:
        path = self.folder / "catalog.json"
        if not path.exists():
            (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
            command = [*HERE.tap, "--config", str(self.folder / "config.json"), "--discover"]
            shown = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - the tap
            catalog = json.loads(shown.stdout)
            for stream in catalog["streams"]:
                for entry in stream["metadata"]:
                    if entry["breadcrumb"] == []:
                        entry["metadata"]["selected"] = stream["tap_stream_id"] == self.stream
            path.write_text(json.dumps(catalog), encoding="utf-8")
        return path

    def lost(self) -> int:
        """Count the rows that the server holds and the program has not, or not as they are."""
        rows = {row["id"]: _modified(row) for row in self.api.rows(self.stream)}
        return sum(self.held.get(key, "never came") != time for key, time in rows.items())


PROGRAMS: dict[str, tuple[Callable[[Reader], None], str, dict[str, Any]]] = {
    "tap-analytics, keyset": (Reader.ours, OFFERS, {"concurrency": 1}),
    "tap-analytics, keyset, 4 in flight": (Reader.ours, OFFERS, {"concurrency": 4}),
    "tap-analytics, windows": (Reader.ours, PAYMENTS, {"concurrency": 1, "page_size": 100}),
    "tap-analytics, counting passes": (Reader.ours, OFFERS, {"concurrency": 1, "read_by": "pages"}),
    "plain SDK tap": (Reader.plain, OFFERS, {}),
    "dlt": (Reader.dlt, OFFERS, {}),
    "dlt, a lag of 10 minutes": (Reader.dlt, OFFERS, {"lag": 600.0}),
}


def main() -> None:
    """Read the tables, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_table", description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--page-size", type=int, default=20)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=[*ORDERS])
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=list(PROGRAMS))
    parser.add_argument("--at-once", type=int, default=2, help="how many programs may run")
    parser.add_argument(
        "--kept", type=Path, help="keeps what is measured; what it holds is not measured again"
    )
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the page is written")
    arguments = parser.parse_args()
    kept = _kept(arguments.kept)
    readings: list[Reading] = []

    def measure(program: str, rate: float, order: str) -> Reading:
        name = f"{program}, {rate:g}, {order}"
        if name not in kept:
            kept[name] = _read(program, rate, order, arguments.rows, arguments.page_size)
            if arguments.kept:
                everything = {each: asdict(reading) for each, reading in kept.items()}
                arguments.kept.write_text(json.dumps(everything), encoding="utf-8")
        return kept[name]

    # Nothing is timed, so that several may run at once.
    with ThreadPoolExecutor(arguments.at_once) as threads:
        tasks = [
            threads.submit(measure, program, rate, order)
            for rate in arguments.rates
            for order in arguments.orders
            for program in arguments.programs
        ]
        try:
            for task in tasks:
                readings.append(task.result())
                sys.stdout.write(f"{row(readings[-1])}\n")
                sys.stdout.flush()
                # As far as it has come: a command that is stopped leaves what it measured.
                _write(readings, arguments)
        finally:
            threads.shutdown(cancel_futures=True)


def _kept(path: Path | None) -> dict[str, Reading]:
    """What was measured before, by program, rate and order."""
    if path is None or not path.exists():
        return {}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {name: Reading(**values) for name, values in held.items()}


def _write(readings: list[Reading], arguments: argparse.Namespace) -> None:
    """Write the page of what was measured so far, and the command that measures just that."""
    programs = list(dict.fromkeys(each.program for each in readings))
    given = [
        ("--rows", [arguments.rows]),
        ("--page-size", [arguments.page_size]),
        ("--rates", [f"{rate:g}" for rate in dict.fromkeys(each.rate for each in readings)]),
        ("--orders", dict.fromkeys(each.order for each in readings)),
        ("--programs", [] if len(programs) == len(PROGRAMS) else programs),
    ]
    words = ["python", "-m", "benchmarks.live_table"]
    for option, values in given:
        words += [option, *map(str, values)] if values else []
    table = Table(
        rows=arguments.rows,
        page_size=arguments.page_size,
        runs=RUNS,
        quiet_runs=QUIET_RUNS,
        programs=programs,
        windows=PAYMENTS,
        windows_pages=LEAST_WINDOWS,
    )
    write(readings, table, arguments.docs, shlex.join(words))


def _read(program: str, rate: float, order: str, rows: int, page_size: int) -> Reading:
    run, stream, settings = PROGRAMS[program]
    reading = Reading(program, rate, order, measured_on=f"{datetime.now(UTC):%Y-%m-%d}")
    rows = max(rows, settings.get("page_size", 0) * LEAST_WINDOWS)
    tables: dict[str, Any] = {"rows": {stream: rows}, "orders": {stream: ORDERS[order]}}
    # One way to write a time: dlt and the SDK compare them as text.
    tables["time_formats"] = {stream: "iso"}
    # It begins in the past, so that the server's clock is never ahead of this machine's.
    tables["clock_offset"] = -(RUNS + QUIET_RUNS + 1) * HOUR
    with tempfile.TemporaryDirectory() as folder, Sandbox(**tables, edge_cases=False) as api:
        # A plain SDK tap reads until a page is empty.
        api.fault("past_end", stream=stream, how="empty")
        api.live_edits(stream, rate, seconds=SECONDS_PER_PAGE)
        reader = Reader(api, Path(folder), page_size, stream, settings)
        for number in range(RUNS + QUIET_RUNS):
            if number == RUNS:
                api.live_edits(stream, 0)
            api.advance(HOUR)
            asked = len(api.requests)
            reader.clock_ahead = (api.now() - datetime.now(UTC)).total_seconds()
            run(reader)
            if number < RUNS:
                reading.requests.append(len(api.requests) - asked)
                reading.proven.append(reader.proven)
        reading.lost = reader.lost()
    return reading


def _modified(row: dict[str, Any]) -> datetime | None:
    """When a record changed; None for streams that do not say."""
    text = row.get("last_modified_at")
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


if __name__ == "__main__":
    main()
