"""A table that somebody works with, read every hour: who loses rows, and what it costs.

`uv run --group bench python -m benchmarks.live_table` writes `docs/live-tables.md` and its plot.
The sandbox edits its table with each request, and its clock goes on without anybody waiting. Every
program asks for what changed since its last run, and then runs twice more while nobody edits.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plots
from benchmarks.machine import machine, versions
from benchmarks.programs import PEERS, TAP
from benchmarks.single_pass import requests_in_virtual_time
from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parents[1] / "docs"
PLOT = "live-tables.svg"
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
class Reading:
    """One program on one table, over its runs."""

    program: str
    rate: float
    order: str
    requests: list[int] = field(default_factory=list)
    proven: list[bool | None] = field(default_factory=list)
    lost: int = 0


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
        self._singer([*TAP, "--catalog", str(self._catalog(config))], config)
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
            command = [*TAP, "--config", str(self.folder / "config.json"), "--discover"]
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


CAUSES = """\
Why rows are lost: a program that reads by page numbers misses a row that moves to an earlier page
when another is deleted before it; that is what the plain SDK tap loses. Its bookmark does not pass
the moment at which its run began. That of dlt is the greatest time that came: what was changed
during the run, behind the reader and before the last change that it met, lies before the bookmark
and is not asked for again. With dlt's `lag`, by which its next run goes back, it loses what the
plain tap loses, and asks as often; it is 0 where nobody sets it.

All times are written in one form here (UTC, six digits). In the marketplace API's own mix of
offsets dlt loses more, for it compares them as text: of 200 rows at 5 edits per page 53 were
missing after three runs, and 16 in one form.
""".splitlines()

VIRTUAL = """\
Requests of keyset reading in virtual time: 500 pages of 100 records, a quarter of a second each,
60 % changes, 30 % new records, 10 % deletes. *Proven* says whether both runs were, in one
pass each, and nothing is missing.
""".splitlines()
VIRTUAL.append("")

LEAST = """\
The last figure is near the least there can be: 18,000 edits in an hour touch 10,800 times one of
50,000 rows, which are some 9,700 different ones, and bring 5,400 new ones; 10 % of the edits delete
some of both. Each of the some 14,950 that are left has to be sent, and a page holds 100: 150 pages.
""".splitlines()

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
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the page is written")
    arguments = parser.parse_args()
    readings: list[Reading] = []
    # Nothing is timed, so that two may run at once.
    with ThreadPoolExecutor(2) as threads:
        tasks = [
            threads.submit(_read, program, rate, order, arguments.rows, arguments.page_size)
            for rate in arguments.rates
            for order in arguments.orders
            for program in arguments.programs
        ]
        try:
            for task in tasks:
                readings.append(task.result())
                sys.stdout.write(f"{_row(readings[-1])}\n")
                sys.stdout.flush()
                # As far as it has come: a command that is stopped leaves what it measured.
                _write(readings, arguments)
        finally:
            threads.shutdown(cancel_futures=True)


def _write(readings: list[Reading], arguments: argparse.Namespace) -> None:
    drawn = importlib.util.find_spec("pygal") is not None
    if drawn:
        _plot(readings, arguments.docs / PLOT)
    page = _page(readings, arguments, drawn=drawn)
    (arguments.docs / "live-tables.md").write_text(page, encoding="utf-8")


def _read(program: str, rate: float, order: str, rows: int, page_size: int) -> Reading:
    run, stream, settings = PROGRAMS[program]
    reading = Reading(program, rate, order)
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


def _row(reading: Reading) -> str:
    """Return a line of the table."""
    judged = [proven for proven in reading.proven if proven is not None]
    verdict = f"{sum(judged)} of {len(judged)}" if judged else "not judged"
    requests = " / ".join(str(number) for number in reading.requests)
    cells = (f"{reading.rate:g}", reading.order, reading.program, reading.lost, verdict, requests)
    return f"| {' | '.join(map(str, cells))} |"


def _page(readings: list[Reading], arguments: argparse.Namespace, *, drawn: bool) -> str:
    """Return the page about what came of it."""
    rows, page_size = arguments.rows, arguments.page_size
    given = f"--rows {rows} --page-size {page_size} --rates"
    given += "".join(f" {rate:g}" for rate in dict.fromkeys(each.rate for each in readings))
    given += " --orders " + " ".join(dict.fromkeys(each.order for each in readings))
    names = ", ".join(f"{name} {version}" for name, version in versions().items())
    hardware = ", ".join(f"{name}: {value}" for name, value in machine().items())
    lines = [
        "# Live tables: who loses rows, and what it costs",
        "",
        (
            f"A table of {rows} records in pages of {page_size} is edited with each request for a "
            "page (60 % changes, 30 % new records, 10 % deletes). Every program reads it "
            f"{RUNS} times, once an hour, and asks for what changed since its last run; then "
            f"{QUIET_RUNS} times more while nobody edits. *Lost* are the records that the server "
            "holds at the end and the program never wrote as they are: who has not got them by now "
            "never will. *Order* is what the server serves where nobody asks for an order: by key, "
            "or the oldest or the newest change first. "
            "One request takes a quarter of a second by the server's clock, and each program's own "
            f"clock agrees with it; windows read {PAYMENTS}, which has no modification time, in "
            f"full each time in {LEAST_WINDOWS} pages of 100, and are judged by its keys."
        ),
        "",
        *([f"![rows lost by each program]({PLOT})", ""] if drawn else []),
        "| edits per page | order | program | rows lost | runs proven | requests of the runs |",
        "|---|---|---|---|---|---|",
        *map(_row, readings),
        "",
        (
            "The tap says of a run that is not proven that it is not; its bookmark then stays, and "
            "the next run reads the span again. How the ways of reading work: "
            "[completeness.md](completeness.md)."
        ),
        "",
        *CAUSES,
        "",
        "## A long table",
        "",
        *_in_virtual_time(),
        "",
        (
            f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m benchmarks.live_table "
            f"{given}` ({hardware}; {names})."
        ),
    ]
    return "\n".join(lines) + "\n"


@cache
def _in_virtual_time() -> list[str]:
    """What keyset reading asks for, in a simulation."""
    return [*VIRTUAL, *requests_in_virtual_time(), "", *LEAST]


def _plot(readings: list[Reading], path: Path) -> None:
    """Draw a bar for each program at each rate of edits, the orders together."""
    rates = sorted({reading.rate for reading in readings})
    orders = len({reading.order for reading in readings})
    chart = import_module("pygal").Bar(
        title=f"Rows lost for good, {orders} orders together"
        if orders > 1
        else "Rows lost for good",
        print_values=True,
        **plots.look(),
    )
    chart.x_labels = [f"{rate:g} edits per page" for rate in rates]
    for program in PROGRAMS:
        lost = Counter[float]()
        for each in readings:
            if each.program == program:
                lost[each.rate] += each.lost
        chart.add(program, [lost.get(rate) for rate in rates])
    path.write_bytes(chart.render())


if __name__ == "__main__":
    main()
