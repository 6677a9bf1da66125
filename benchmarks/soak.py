"""Many incremental runs over a live table in one process: whether its memory stays flat.

`uv run python -m benchmarks.soak` reads on until 2,000,000 records have come and ten minutes have
passed. Records are changed, inserted and deleted with each request; each run starts at the last
one's bookmark, less a lookback that covers the table, so that it has something to read. The tap
runs in a process of its own, whose memory is measured after every run: flat is less than 10 % more
in the last tenth of the runs than in the second tenth. The exit code is 1 where it is not.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import statistics
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tap_analytics.sandbox import Sandbox

STREAM = "buyers"
LOOKBACK = 10 * 366 * 86_400
EDITS_PER_PAGE = 5.0
FLAT = 1.1
FEWEST_RUNS = 20


class Sink(io.RawIOBase):
    """Counts the records that are written to it, and keeps the last state."""

    def __init__(self) -> None:
        """Nothing has come."""
        super().__init__()
        self.records = 0
        self.state: dict[str, Any] = {}
        self._rest = b""

    def writable(self) -> bool:
        """Anything may be written."""
        return True

    def write(self, chunk: Any) -> int:  # noqa: ANN401  # any buffer
        """Take in a chunk; a line may be cut in two."""
        *lines, self._rest = (self._rest + bytes(chunk)).split(b"\n")
        for line in lines:
            if line.startswith(b'{"type":"RECORD"'):
                self.records += 1
            elif line.startswith(b'{"type":"STATE"'):
                self.state = json.loads(line)["value"]
        return len(chunk)


def memory_mb() -> float:
    """The memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def read_on() -> None:
    """Run the tap for each line of the standard input; answer each with records and memory."""
    from tap_analytics.tap import TapAnalytics  # noqa: PLC0415  # not in the server's process

    config = json.loads(sys.stdin.readline())
    state: dict[str, Any] = {}
    answers = sys.stdout
    for _ in sys.stdin:
        sink = Sink()
        with redirect_stdout(io.TextIOWrapper(io.BufferedWriter(sink), encoding="utf-8")):
            tap = TapAnalytics(config=config, state=state, catalog=_only(TapAnalytics, config))
            tap.sync_all()
            sys.stdout.flush()
        state = sink.state or state
        verdict = tap.run.report.stream(STREAM).verdict
        del tap
        gc.collect()
        answer = {"records": sink.records, "memory": memory_mb(), "verdict": verdict}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _only(tap: Any, config: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  # the tap's class
    catalog: dict[str, Any] = tap(config=config).catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] == STREAM
    return catalog


def main() -> None:
    """Read on, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--most-seconds", type=float, default=3_600)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        read_on()
        return
    answers = []
    command = [sys.executable, "-m", "benchmarks.soak", "--child"]
    pipe = subprocess.PIPE
    with (
        Sandbox(rows={STREAM: given.rows}, seed=1) as api,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as child,  # noqa: S603 - ourselves
    ):
        config = {
            "base_url": api.base_url,
            "token_url": api.token_url("marketplace"),
            "client_id": api.client_id,
            "client_secret": api.client_secret,
            "api": "marketplace",
            "page_size": 1000,
            "lookback": LOOKBACK,
        }
        api.live_edits(STREAM, EDITS_PER_PAGE, seconds=0.05)
        began = time.monotonic()
        _tell(child, config)
        records = 0
        while (took := time.monotonic() - began) < given.most_seconds and (
            records < given.records or took < given.seconds or len(answers) < FEWEST_RUNS
        ):
            _tell(child, {})
            line = child.stdout.readline() if child.stdout else b""
            if not line:
                message = "A run failed."
                raise SystemExit(message)
            answers.append(json.loads(line))
            records += answers[-1]["records"]
            # The log of the sandbox is not what is measured.
            api.requests.clear()
        if child.stdin:
            child.stdin.close()
    _say(answers, took)


def _tell(child: subprocess.Popen[bytes], value: dict[str, Any]) -> None:
    if child.stdin:
        child.stdin.write(json.dumps(value).encode() + b"\n")
        child.stdin.flush()


def _say(answers: list[dict[str, Any]], seconds: float) -> None:
    """Say how many records came, and how much memory was in use early and late."""
    memory = [answer["memory"] for answer in answers]
    tenth = max(1, len(memory) // 10)
    early, late = statistics.median(memory[tenth : 2 * tenth]), statistics.median(memory[-tenth:])
    proven = sum(answer["verdict"] == "proven" for answer in answers)
    print(
        f"{sum(answer['records'] for answer in answers):,} records in {len(answers)} runs, "
        f"{proven} proven, {seconds:.0f} s; memory {early:.1f} MB in the second tenth of the runs, "
        f"{late:.1f} MB in the last, at most {max(memory):.1f} MB"
    )
    raise SystemExit(late > early * FLAT)


if __name__ == "__main__":
    main()
