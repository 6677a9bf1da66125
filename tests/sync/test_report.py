"""The report: one line a stream and one for the run, and the same as JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sync.report import VERSION, RunReport, StreamReport
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox

DOCUMENT = DOCS / "report.md"


def documented(heading: str) -> set[str]:
    """The fields that a table of docs/report.md names."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def written(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def test_the_document_names_every_field() -> None:
    report = RunReport("1.2.3")
    report.stream("buyers")
    whole = report.as_dict()
    assert documented("The run") == whole.keys()
    assert documented("A stream") == whole["streams"][0].keys()
    assert f"version is {VERSION}" in DOCUMENT.read_text(encoding="utf-8")


def test_what_a_run_did_is_in_the_report(sandbox: Sandbox, path: Path) -> None:
    outcome = sync(connected(sandbox, report_path=str(path)), "buyers", "listings")
    report = written(path)
    assert (report["status"], report["error"], report["version"]) == ("succeeded", None, 1)
    assert report["rows"] == 500
    assert report["tap"].startswith("tap-analytics ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["started_at"])
    buyers = next(part for part in report["streams"] if part["name"] == "buyers")
    assert (buyers["rows"], buyers["pages"], buyers["passes"]) == (250, 3, 1)
    assert buyers["stop_reason"] == "`next` is null"
    assert buyers["verdict"] == "proven"
    assert buyers["reasons"] == []
    assert buyers["bookmark"] == outcome.state["bookmarks"]["buyers"]["replication_key_value"]
    assert buyers["unknown_fields"]
    assert 0 < buyers["seconds"] <= report["seconds"]
    assert buyers["rows_per_second"] > 0


def test_the_log_says_the_same_in_a_line_a_stream_and_one_for_the_run(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox), "buyers", "listings")
    line = next(line for line in outcome.log if line.startswith("buyers: succeeded"))
    assert "250 rows, 3 pages, 1 pass; ended by `next` is null; proven" in line
    assert "rows/s" in line
    assert re.match(r"500 rows in [\d.]+ s; fine: ", outcome.log[-1])
    proven = [line for line in outcome.log if "proven complete" in line]
    assert len(proven) == 2, "what is proven is said in one sentence a stream"


def test_retries_and_the_seconds_waited_are_reported(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, times=2, code=503)
    part = sync(connected(sandbox), "buyers").stream("buyers")
    assert part["retries"] == 2
    assert part["seconds_waited"] == pytest.approx(6.0)


def test_duplicates_and_passes_are_reported_with_their_reasons(sandbox: Sandbox) -> None:
    sandbox.order("buyers", "key")
    sandbox.edit("buyers", page=2, delete=[0])
    outcome = sync(connected(sandbox, page_size=50, concurrency=1), "buyers")
    part = outcome.stream("buyers")
    assert part["passes"] == 2
    assert part["reasons"] == ["the declared total changed while pages were read"]
    assert "read again: the declared total changed" in next(
        line for line in outcome.log if line.startswith("buyers: succeeded")
    )
    sandbox.edit("listings", page=2, insert=[0])
    outcome = sync(connected(sandbox, concurrency=1), "listings")
    assert outcome.stream("listings")["duplicates"] == 1


def test_records_without_a_key_are_counted_whatever_the_passes(sandbox: Sandbox) -> None:
    stream = "analytics_marketplace_disbursements"
    for place in (0, 1):
        sandbox.touch(stream, place, id=None)
    outcome = sync(connected(sandbox, page_size=100), stream)
    part = outcome.stream(stream)
    assert (part["verdict"], part["passes"]) == ("proven", 2)
    assert part["without_key"] == 2
    assert part["rows"] == 248


def test_a_report_is_written_when_a_stream_fails(sandbox: Sandbox, path: Path) -> None:
    sandbox.fault("status", stream="buyers", times=None, code=500)
    outcome = sync(connected(sandbox, report_path=str(path)), "buyers", "listings")
    assert outcome.error is not None
    report = written(path)
    assert report["status"] == "failed"
    parts = {part["name"]: part for part in report["streams"]}
    assert parts["buyers"]["status"] == "failed"
    assert "500" in parts["buyers"]["error"]
    assert parts["listings"]["status"] == "succeeded"


def test_a_report_is_written_when_the_run_is_refused(sandbox: Sandbox, path: Path) -> None:
    sync(connected(sandbox, report_path=str(path)) | {"client_secret": "no"}, "buyers")
    report = written(path)
    assert report["status"] == "failed"
    assert "`client_secret`" in report["error"]
    assert report["rows"] == 0


def test_a_report_that_cannot_be_written_is_said_and_fails_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    nowhere = tmp_path / "missing" / "report.json"
    outcome = sync(connected(sandbox, report_path=str(nowhere)), "listings")
    assert outcome.error is None
    assert any("The report could not be written" in line for line in outcome.log)


def test_a_stream_of_no_time_has_no_speed() -> None:
    assert StreamReport("buyers").records_per_second == 0
