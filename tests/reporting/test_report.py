"""The report: one line a stream and one for the run, and the same as JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.loading import UnreadableError
from tap_analytics.reporting.report import VERSION, RunReport, StreamReport
from tap_analytics.tap import TapAnalytics
from tests.support.command import tap
from tests.support.harness import REPORT_SCHEMA, REPORT_VALIDATOR, Outcome, StillClock, sync
from tests.support.harness import connected_by_pages as connected
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

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
    REPORT_VALIDATOR.validate(report)
    return report


def test_the_document_names_every_field() -> None:
    report = RunReport("1.2.3")
    report.stream("buyers")
    whole = report.as_dict()
    assert documented("The run") == whole.keys() == {*REPORT_SCHEMA["required"]}
    stream = whole["streams"][0].keys()
    assert documented("A stream") == stream == {*REPORT_SCHEMA["$defs"]["stream"]["required"]}
    assert f"version is {VERSION}" in DOCUMENT.read_text(encoding="utf-8")


def test_what_a_run_did_is_in_the_report(sandbox: Sandbox, path: Path) -> None:
    outcome = sync(connected(sandbox, report_path=str(path)), "buyers", "listings")
    report = written(path)
    assert (report["status"], report["verdict"], report["version"]) == ("succeeded", "proven", 2)
    assert report["error"] is None
    assert report["records"] == 500
    assert report["requests"] == len(sandbox.requests)
    assert report["bytes"] > sum(part["bytes"] for part in report["streams"]) > 100_000
    assert report["tap"].startswith("tap-analytics ")
    assert report["name"] == "tap-analytics"
    assert report["started_at"] <= report["ended_at"]
    buyers = next(part for part in report["streams"] if part["name"] == "buyers")
    assert buyers["records"] == 250
    assert buyers["requests"] == len([each for each in sandbox.requests if each.stream == "buyers"])
    assert buyers["verdict"] == "proven"
    assert buyers["reasons"] == []
    assert buyers["bookmark"] == outcome.state["bookmarks"]["buyers"]["replication_key_value"]
    assert buyers["unknown_fields"]
    assert 0 < buyers["seconds"] <= report["seconds"]
    assert buyers["records_per_second"] > 0


def test_where_a_stream_started_and_its_range_are_reported(sandbox: Sandbox) -> None:
    first = sync(connected(sandbox, start_date="2001-01-01T00:00:00Z"), "buyers")
    part = first.stream("buyers")
    assert (part["started_from"], part["range_end"]) == (None, None)
    assert part["range_start"] == "2001-01-01T00:00:00.000000Z"
    assert part["read_by"] in {"keyset", "windows", "pages"}
    again = sync(connected(sandbox, lookback=86_400), "buyers", state=first.state).stream("buyers")
    assert again["started_from"] == part["bookmark"]
    assert again["range_start"] < again["started_from"]
    backfill = {"start_date": "2001-01-01T00:00:00Z", "end_date": "2002-01-01T00:00:00Z"}
    part = sync(connected(sandbox, **backfill), "buyers").stream("buyers")
    assert part["range_end"] == "2002-01-01T00:00:00.000000Z"


def test_the_last_line_of_the_log_names_what_is_proven(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox), "buyers", "listings")
    assert re.match(r"500 records(, [\w ,]+)?; proven: buyers, listings$", outcome.log[-1])


def moving(sandbox: Sandbox, **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    """A run in which no pass over the buyers is proven."""
    sandbox.order("buyers", "key")
    for number in (1, 2, 3):
        sandbox.edit("buyers", page=2, nth=number, delete=[0], insert=[None])
    read: dict[str, Any] = {"page_size": 50, "concurrency": 1, "read_by": "pages", **settings}
    return sync(connected(sandbox, **read), "buyers", "listings")


def test_the_last_line_never_calls_an_unproven_stream_fine(sandbox: Sandbox) -> None:
    outcome = moving(sandbox)
    assert re.search(r"^\d+ records.*; not proven: buyers; proven: listings$", outcome.log[-1])
    assert outcome.report["verdict"] == "not proven"
    assert outcome.report["status"] == "succeeded"


def test_a_reason_says_what_was_seen_with_up_to_three_keys(sandbox: Sandbox) -> None:
    keys = {str(row["id"]) for row in sandbox.rows("buyers")}
    reasons = moving(sandbox).stream("buyers")["reasons"]
    seen = next(text for text in reasons if text.startswith("pass 2 did not find"))
    assert re.match(r"pass 2 did not find \d records of pass 1 \(`", seen)
    named = re.findall("`([^`]+)`", seen)
    assert 1 <= len(named) <= 3
    assert {*named} <= keys, "the keys of records that were there when pass 1 began"


def test_that_a_stream_always_needs_two_passes_is_no_trouble(sandbox: Sandbox) -> None:
    sandbox.fault("omit", stream="buyers", keys=["count", "next"], times=None)
    outcome = sync(connected(sandbox, read_by="pages"), "buyers")
    part = outcome.stream("buyers")
    assert (part["verdict"], part["passes"], part["reasons"]) == ("proven", 2, [])
    assert part["second_pass"].startswith("no total is declared")
    assert any("pass 2 of at most 3 begins: no total is declared" in line for line in outcome.log)


def test_with_verify_off_every_verdict_is_not_verified(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, verify="off"), "buyers")
    assert outcome.stream("buyers")["verdict"] == outcome.report["verdict"] == "not verified"
    assert outcome.log[-1].endswith("; not verified: buyers")


def test_retries_and_the_seconds_waited_are_reported(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, times=2, code=503)
    part = sync(connected(sandbox, read_by="pages"), "buyers").stream("buyers")
    assert part["retries"] == 2
    assert part["seconds_waited"] == pytest.approx(6.0)


def test_duplicates_and_passes_are_reported_with_their_reasons(sandbox: Sandbox) -> None:
    sandbox.order("buyers", "key")
    sandbox.edit("buyers", page=2, delete=[0])
    config = connected(sandbox, page_size=50, concurrency=1, read_by="pages")
    outcome = sync(config, "buyers")
    part = outcome.stream("buyers")
    assert part["passes"] == 2
    assert part["reasons"][-1] == "the declared total changed while pages were read"
    assert "the declared total changed" in next(
        line for line in outcome.log if line.startswith("buyers: pass 2 of at most 3 begins: ")
    )
    sandbox.edit("listings", page=2, insert=[0])
    outcome = sync(connected(sandbox, concurrency=1, read_by="pages"), "listings")
    assert outcome.stream("listings")["duplicates"] == 1


def test_records_without_a_key_are_counted_whatever_the_passes(sandbox: Sandbox) -> None:
    stream = "analytics_marketplace_disbursements"
    for place in (0, 1):
        sandbox.touch(stream, place, id=None)
    outcome = sync(connected(sandbox, page_size=100, read_by="pages"), stream)
    part = outcome.stream(stream)
    assert (part["verdict"], part["passes"]) == ("not proven", 2), "no pass is read for this alone"
    assert part["without_key"] == 2
    assert part["records"] == 248


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
    assert report["records"] == 0


def test_a_report_that_cannot_be_written_is_an_error_before_the_first_request(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    nowhere = tmp_path / "missing" / "report.json"
    outcome = sync(connected(sandbox, report_path=str(nowhere)), "listings")
    assert outcome.error is not None
    assert sandbox.requests == []
    assert "The report cannot be written to" in outcome.log[-1]
    assert "No such file or directory" in outcome.log[-1]


def test_a_report_says_running_before_the_first_request(sandbox: Sandbox, path: Path) -> None:
    """Whatever ends the run then, nobody reads the last one's `succeeded`."""
    path.write_text('{"status": "succeeded"}', encoding="utf-8")
    seen: list[dict[str, Any]] = []

    class Watching(StillClock):
        def monotonic(self) -> float:
            seen.append(written(path))
            return super().monotonic()

    sync(connected(sandbox, report_path=str(path)), "listings", clock=Watching())
    assert seen[0]["status"] == "running"
    assert (seen[0]["ended_at"], seen[0]["requests"], seen[0]["streams"]) == (None, 0, [])
    assert written(path)["run_id"] == seen[0]["run_id"]
    assert written(path)["status"] == "succeeded"
    assert [file.name for file in path.parent.iterdir()] == [path.name], "and nothing beside it"


def test_the_report_is_replaced_and_never_written_in_place(sandbox: Sandbox, path: Path) -> None:
    """Whoever has opened it reads the whole of what it was."""
    old = json.dumps({"status": "succeeded", "streams": ["long"] * 10_000})
    path.write_text(old, encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        beginning = reader.read(100)
        sync(connected(sandbox, report_path=str(path)), "listings")
        assert beginning + reader.read() == old
    assert written(path)["streams"][0]["name"] == "listings"


def test_where_a_placeholder_is_unknown_no_file_has_its_name(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    settings = {"access_token": "t", "report_path": str(tmp_path / "{runid}.json")}
    config.write_text(json.dumps(settings), encoding="utf-8")
    ended = tap("--config", str(config))
    assert ended.returncode == 1
    assert "`report_path` has the placeholder `{runid}`" in ended.stderr
    assert list(tmp_path.iterdir()) == [config]


def test_the_path_may_hold_the_run_and_the_name(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = connected(sandbox, report_path=str(tmp_path / "{name}-{run_id}.json"), name="../mine")
    monkeypatch.delenv("MELTANO_EXTRACTOR_NAME", raising=False)
    run = sync(config, "listings").report
    assert written(tmp_path / f"_mine-{run['run_id']}.json")["name"] == "../mine"
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAME", "tap-analytics--accounting")
    run = sync(config, "listings").report
    assert (tmp_path / f"tap-analytics--accounting-{run['run_id']}.json").exists()


@pytest.mark.parametrize("wrong", ["configuration", "catalog", "state"])
def test_a_run_that_is_refused_replaces_the_report_of_the_last(
    sandbox: Sandbox, tmp_path: Path, path: Path, wrong: str
) -> None:
    path.write_text('{"status": "succeeded"}', encoding="utf-8")
    config = connected(sandbox, report_path=str(path))
    if wrong == "configuration":
        config |= {"page_size": 0, "lookback": "long"}
    arguments = ["--config", str(tmp_path / "config.json")]
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if wrong != "configuration":
        (tmp_path / "other.json").write_text("no JSON", encoding="utf-8")
        arguments += [f"--{wrong}", str(tmp_path / "other.json")]
    assert tap(*arguments).returncode == 1
    report = written(path)
    assert (report["status"], report["verdict"]) == ("failed", "not proven")
    assert ("page_size" if wrong == "configuration" else wrong) in report["error"]
    assert sandbox.requests == []


@pytest.mark.parametrize(("how", "wrong"), [("second file", "no JSON"), ("environment", None)])
def test_a_configuration_that_cannot_be_read_is_reported_where_another_names_the_path(
    command: Callable[..., Result], tmp_path: Path, path: Path, how: str, wrong: str | None
) -> None:
    path.write_text('{"status": "succeeded"}', encoding="utf-8")
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    if wrong:
        bad.write_text(wrong, encoding="utf-8")
    good.write_text(json.dumps({"report_path": str(path)}), encoding="utf-8")
    second = "ENV" if how == "environment" else str(good)
    variables = {"TAP_ANALYTICS_REPORT_PATH": str(path)} if how == "environment" else {}
    files = ("--config", str(bad), "--config", second)
    assert command("--discover", *files, **variables).exit_code == 1
    assert json.loads(path.read_text("utf-8")) == {"status": "succeeded"}, "that was no run"
    ended = command(*files, **variables)
    assert ended.exit_code == 1
    report = written(path)
    assert (report["status"], report["verdict"]) == ("failed", "not proven")
    assert report["error"].startswith(f"The configuration file {bad} ")
    assert report["error"] in ended.output.replace("\n", " ")


def test_a_file_that_cannot_be_read_is_reported_in_python_too(tmp_path: Path, path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps({"report_path": str(path)}), encoding="utf-8")
    with pytest.raises(UnreadableError):
        TapAnalytics(config=[str(good), str(tmp_path / "missing.json")])
    assert written(path)["status"] == "failed"


def test_after_kill_9_the_report_says_running(sandbox: Sandbox, tmp_path: Path, path: Path) -> None:
    """A real process, killed while it waits for a page."""
    path.write_text('{"status": "succeeded"}', encoding="utf-8")
    sandbox.fault("slow", stream="buyers", times=None, seconds=30)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(connected(sandbox, report_path=str(path))), encoding="utf-8")
    command = "from tap_analytics.tap import TapAnalytics as T; T.cli()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "--config", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not any(request.stream == "buyers" for request in sandbox.requests):
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    report = written(path)
    assert (report["status"], report["ended_at"], report["verdict"]) == (
        "running",
        None,
        "not proven",
    )


def test_a_stream_of_no_time_has_no_speed() -> None:
    assert StreamReport("buyers").records_per_second == 0


def test_what_somebody_put_in_the_way_of_the_report_is_not_written_through(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    other = tmp_path / "precious"
    other.write_text("precious", encoding="utf-8")
    directory = tmp_path / "shared"
    directory.mkdir()
    (directory / f".report.json.{os.getpid()}.part").symlink_to(other)
    path = directory / "report.json"
    sync(connected(sandbox, report_path=str(path)), "buyers")
    assert other.read_text(encoding="utf-8") == "precious"
    assert json.loads(path.read_text(encoding="utf-8"))["status"] == "succeeded"
    assert [each.name for each in directory.iterdir()] == ["report.json"]
