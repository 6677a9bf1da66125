"""Reading in one pass: requests in virtual time, memory, and time with requests in flight.

`python -m benchmarks.single_pass` prints the tables of `docs/completeness.md`. Requests need no
server: a table in memory is edited while the very code of a reading asks. Memory and time are those
of a whole process that reads a server whose rows follow from their number, so that a table of any
length takes no memory there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from benchmarks import launch
from benchmarks.checkout import HERE
from tests.support.model.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFERS, PAYMENTS = "private_offers", "analytics_marketplace_disbursements"
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PAGES = 500
RATES = {"quiet": 0.0, "1 a minute": 1 / 60, "1 a second": 1.0, "5 a second": 5.0}
LATENCY, WIDTH = 0.05, 8
TEXT = "x" * 300


def requests_in_virtual_time() -> Iterator[str]:
    """A table of the requests of a first run and of one an hour later, by rate of edits."""
    yield "| edits | first run | over 500 pages | an hour later | records changed | both proven |"
    yield "|---|---|---|---|---|---|"
    for name, rate in RATES.items():
        table = Simulation(PAGES, rate)
        first = table.run()
        table.pass_time(3600)
        hourly = table.run()
        if first is None or hourly is None:
            raise SystemExit(name)
        proven = first.outcome.proven and hourly.outcome.proven and not table.missing()
        ratio = f"{first.requests / PAGES:.3f} times"
        cells = (name, first.requests, ratio, hourly.requests, hourly.sent, proven)
        yield f"| {' | '.join(map(str, cells))} |"


class Rows:
    """Serves rows that follow from their number, in any order that is asked for."""

    def __init__(self, rows: int, delay: float = 0.0) -> None:
        """Serve so many, each response after a delay."""

        class Handler(BaseHTTPRequestHandler):
            """Responds to every path alike."""

            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # the body does not wait until the head is acknowledged

            def do_GET(self) -> None:
                """Respond with a page."""
                sleep(delay)
                asked = parse_qs(urlsplit(self.path).query)
                body = page(rows, {name: values[0] for name, values in asked.items()}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def page(rows: int, query: dict[str, str]) -> str:
    """One page; row n was modified n seconds after the epoch."""
    size, number = int(query.get("page_size", 100)), int(query.get("page", 1))
    first = 0
    if since := query.get("last_modified_at_after"):
        apart = datetime.fromisoformat(since) - EPOCH
        first = max(0, -(-apart // timedelta(seconds=1)))
    start = first + (number - 1) * size
    places: Any = range(start, min(start + size, rows))
    if query.get("ordering", "").startswith("-"):
        end = rows - (number - 1) * size
        places = range(end - 1, max(end - 1 - size, first - 1), -1)
    results = ",".join(row(place) for place in places)
    more = '"more"' if first + number * size < rows else "null"
    return f'{{"count":{rows - first},"next":{more},"results":[{results}]}}'


def row(place: int) -> str:
    """A row of some 400 bytes."""
    time = (EPOCH + timedelta(seconds=place)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    return f'{{"id":"{place:012}","last_modified_at":"{time}","name":"{TEXT}"}}'


def run(stream: str, rows: int, *, delay: float = 0.0, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  # any setting
    """Read a stream in a process of its own: its peak in MB, seconds, and what it reports."""
    with tempfile.TemporaryDirectory() as name, Rows(rows, delay) as server:
        folder = Path(name)
        report = folder / "report.json"
        config = {
            "base_url": server.base_url,
            "access_token": "a-token-of-this-benchmark",
            "api": "marketplace",
            "report_path": str(report),
            **settings,
        }
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        given = [*HERE.tap, "--config", str(folder / "config.json")]
        shown = subprocess.run([*given, "--discover"], capture_output=True, check=True)  # noqa: S603 - the tap
        catalog = json.loads(shown.stdout)
        for entry in catalog["streams"]:
            for each in entry["metadata"]:
                if not each["breadcrumb"]:
                    each["metadata"]["selected"] = entry["tap_stream_id"] == stream
        (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        job = {
            "commands": [[*given, "--catalog", str(folder / "catalog.json")]],
            "output": "/dev/null",
            "errors": str(folder / "log"),
        }
        program = [sys.executable, str(launch.__file__)]
        measured = subprocess.run(  # noqa: S603 - our own script
            program, input=json.dumps(job).encode(), capture_output=True, check=True
        )
        found = json.loads(measured.stdout)
        if any(found["codes"]):
            raise SystemExit((folder / "log").read_text(encoding="utf-8"))
        said = json.loads(report.read_text(encoding="utf-8"))["streams"][0]
        return {**said, "peak": found["peaks"][0] / 2**20, "wall": found["wall"]}


def memory(sizes: list[int]) -> Iterator[str]:
    """A table of the peak by the number of records."""
    yield "| way | records | requests | peak | verdict |"
    yield "|---|---|---|---|---|"
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "keyset": (OFFERS, {"concurrency": 1}),
        "keyset, 8 in flight": (OFFERS, {"concurrency": WIDTH}),
        "windows": (PAYMENTS, {"concurrency": 1}),
    }
    for way, (stream, settings) in ways.items():
        for size in sizes:
            found = run(stream, size, page_size=1000, **settings)
            peak = f"{found['peak']:.0f} MiB"
            cells = (f"{way} ({found['read_by']})", f"{size:,}", found["requests"], peak)
            yield f"| {' | '.join(map(str, cells))} | {found['verdict']} |"


def latency() -> Iterator[str]:
    """How long a table takes with requests in flight, over what the server's waits alone take."""
    start = min(run(OFFERS, 1, delay=LATENCY)["wall"] for _ in range(3))
    least = PAGES / WIDTH * LATENCY
    runs = [
        run(OFFERS, PAGES * 100, delay=LATENCY, page_size=100, concurrency=WIDTH) for _ in range(3)
    ]
    best = min(runs, key=lambda found: found["wall"])
    yield (
        f"{PAGES} pages at {LATENCY * 1000:.0f} ms with {WIDTH} in flight: {best['wall']:.2f} s, "
        f"{best['requests']} requests; a run of one record takes {start:.2f} s, and the waits "
        f"alone {least:.2f} s: {(best['wall'] - start) / least:.2f} times"
    )


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.single_pass", description=__doc__)
    parser.add_argument("--memory", type=int, nargs="*", default=[200_000, 2_000_000])
    parser.add_argument("--only", choices=("requests", "memory", "latency"))
    arguments = parser.parse_args()
    parts = {
        "requests": requests_in_virtual_time,
        "memory": lambda: memory(arguments.memory),
        "latency": latency,
    }
    for name, lines in parts.items():
        if arguments.only in {None, name}:
            for line in lines():
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
