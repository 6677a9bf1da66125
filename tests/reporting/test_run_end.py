"""The end of a run: a row a stream and one line below it, each thing told once, with fields."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.logging import StructuredFormatter

from tap_analytics.exceptions import RunFailedError
from tap_analytics.reporting.report import RunReport
from tap_analytics.reporting.views.run_table import COLUMNS, cells, plain
from tests.support.harness import StillClock, by_token, connected_by_pages, sync

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox


def part(**given: Any) -> dict[str, Any]:  # noqa: ANN401  # any field of the report
    report = RunReport("1.2.3")
    report.stream("buyers")
    plain_part: dict[str, Any] = report.as_dict()["streams"][0]
    return plain_part | given


def test_a_row_tells_what_was_read_and_from_where() -> None:
    row = cells(part(status="succeeded", verdict="proven", records=1234, kept=12, lost={"a": 1}))
    assert row[:4] == ("buyers", "succeeded", "proven", "1,234")
    assert row[6] == "12 kept, 1 lost"
    assert row[8] == "full"
    start, end = "2026-01-31T10:00:00.123456Z", "2026-02-01T00:00:00.000000Z"
    assert cells(part(range_start=start))[8] == "since 2026-01-31T10:00:00Z"
    both = cells(part(range_start=start, range_end=end))[8]
    assert both == "2026-01-31T10:00:00Z to 2026-02-01T00:00:00Z"
    assert cells(part(range_start="17"))[8] == "since 17"


def test_the_columns_of_a_table_are_aligned() -> None:
    lines = plain([cells(part(records=1_000)), cells(part(name="private_offers"))])
    end = lines[0].index("records") + len("records")
    assert [line[end - 5 : end] for line in lines[1:]] == ["1,000", "    0"]


def test_the_log_ends_with_a_row_a_stream_and_one_line(sandbox: Sandbox) -> None:
    outcome = sync(connected_by_pages(sandbox), "buyers", "listings")
    header, *rows, last = outcome.entries[-4:]
    assert header.getMessage().split()[:3] == [*COLUMNS[:3]]
    assert [row.getMessage().split()[0] for row in rows] == ["buyers", "listings"]
    fields = vars(rows[0])
    assert (fields["event_type"], fields["stream"]) == ("stream_ended", "buyers")
    assert (fields["records"], fields["verdict"], fields["passes"]) == (250, "proven", 1)
    assert vars(last)["event_type"] == "run_ended"
    assert vars(last)["records"] == 500
    of_buyers = [line for line in outcome.log if "250" in line and "buyers" in line]
    assert len(of_buyers) == 1, "what a stream did is told once"


def test_a_failure_is_told_as_an_error_once(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, times=None, code=500)
    outcome = sync(connected_by_pages(sandbox), "buyers", "listings")
    (error,) = (entry for entry in outcome.entries if entry.levelno >= logging.ERROR)
    assert vars(error)["event_type"] == "stream_failed"
    assert vars(error)["error"] == outcome.stream("buyers")["error"] == error.getMessage()
    assert outcome.entries[-1].levelno == logging.WARNING
    assert all(line.count("buyers") <= 2 for line in outcome.log), "its name and its path"


def test_what_ends_the_run_is_told_as_an_error_once(sandbox: Sandbox, tmp_path: Path) -> None:
    refused = sync(connected_by_pages(sandbox, client_secret="mistyped"), "buyers")
    unwritable = sync(connected_by_pages(sandbox, report_path=str(tmp_path / "no" / "r")), "buyers")
    for outcome in (refused, unwritable):
        errors = [entry for entry in outcome.entries if entry.levelno >= logging.ERROR]
        error = outcome.report["error"].removesuffix(".")
        assert [error in entry.getMessage() for entry in errors] == [True]
        told = [line for line in outcome.log if error in line]
        assert len(told) == 1


def test_every_message_has_fields_that_meltano_can_hand_on(sandbox: Sandbox) -> None:
    """Meltano passes them to structlog by name, whose own arguments they must not be."""
    sandbox.fault("status", stream="buyers", page=2, times=2, code=503)
    outcome = sync(connected_by_pages(sandbox), "buyers", "listings")
    kinds = set()
    for entry in outcome.entries:
        extra = json.loads(StructuredFormatter().format(entry))["extra"]
        kinds.add(extra["event_type"])
        assert not {"event", "level", "name"} & extra.keys()
    assert {"retry", "message", "table_header", "stream_ended", "run_ended"} <= kinds
    retry = next(entry for entry in outcome.entries if vars(entry)["event_type"] == "retry")
    assert (vars(retry)["stream"], vars(retry)["status"]) == ("buyers", 503)


def test_the_metrics_of_the_sdk_go_out(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="singer_sdk.metrics")
    outcome = sync(connected_by_pages(sandbox), "buyers", clock=StillClock())
    points: dict[str, list[dict[str, Any]]] = {}
    for entry in caplog.records:
        if isinstance(entry.args, tuple) and entry.name == "singer_sdk.metrics":
            point = entry.args[0].to_dict()  # type: ignore[attr-defined]  # a Point
            points.setdefault(point["metric"], []).append(point)
    requests = outcome.stream("buyers")["requests"]
    assert [point["value"] for point in points["record_count"]] == [250]
    assert [point["value"] for point in points["http_request_count"]] == [requests]
    assert len(points["http_request_duration"]) == requests
    assert points["http_request_duration"][0]["tags"]["endpoint"] == "/buyers"
    assert points["sync_duration"][0]["tags"]["status"] == "succeeded"
    assert points["job_duration"][0]["tags"]["job_type"] == "sync"


@pytest.mark.parametrize("how", ["a stream fails", "no stream begins"])
def test_the_metric_of_a_run_that_failed_says_so(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level("INFO", logger="singer_sdk.metrics")
    sandbox.fault("status", stream="buyers", code=400, times=9)
    catalog: dict[str, Any] | None = None if how == "a stream fails" else {"streams": []}
    streams = ["buyers", "listings"] if catalog is None else []
    outcome = sync(connected_by_pages(sandbox), *streams, catalog=catalog, clock=StillClock())
    assert isinstance(outcome.error, RunFailedError)
    points = [
        entry.args[0].to_dict()  # type: ignore[attr-defined]  # a Point
        for entry in caplog.records
        if isinstance(entry.args, tuple) and entry.name == "singer_sdk.metrics"
    ]
    (of_job,) = [point for point in points if point["metric"] == "job_duration"]
    assert of_job["tags"]["status"] == "failed"


def test_on_a_terminal_there_are_bars_and_a_drawn_table(sandbox: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(by_token(sandbox, api="marketplace")))
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "tap_analytics", "--config", str(config)]
    environment = {name: value for name, value in os.environ.items() if "LOG_CONFIG" not in name}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "150"}
    with (
        (tmp_path / "output").open("wb") as stdout,
        subprocess.Popen(command, stdout=stdout, stderr=terminal, env=environment) as run,
    ):
        os.close(terminal)
        shown = b""
        while True:
            try:
                read = os.read(screen, 65536)
            except OSError:  # nobody writes to the terminal any more
                break
            shown += read
            if not read:
                break
    os.close(screen)
    messages = [json.loads(line) for line in (tmp_path / "output").read_bytes().splitlines()]
    assert run.returncode == 0
    assert len([each for each in messages if each["type"] == "RECORD"]) == 1500
    text = shown.decode()
    assert "\u2501" in text, "a bar"
    assert "METRIC" not in text
    assert "read from" in text
    assert "stream_ended" not in text
    assert text.rstrip().splitlines()[-1].count("proven: ") == 1
