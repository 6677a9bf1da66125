"""`check` tells whether a configuration works, and what a quiet run will cost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner

from tap_analytics.__main__ import command_of, main
from tap_analytics.check.checks import check
from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.record_pipeline import PreparedRecords, RecordPipeline
from tap_analytics.tap import TapAnalytics
from tests.support.declarations import LIMIT, SOURCE_OF, SOURCES, entry
from tests.support.harness import InstantClock, StillClock, by_token, connected, only, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tap_analytics.check.findings import Findings
    from tap_analytics.rest.page import Page


@pytest.fixture(scope="module")
def larger() -> Iterator[Sandbox]:
    """An API with tables of several parts, for all tests of this module that change nothing."""
    rows = {"buyers": 1_560, "contacts": 650, "analytics_marketplace_disbursements": 2_300}
    with Sandbox(rows=rows, seed=1) as api:
        yield api


def checked(config: dict[str, Any], *streams: str) -> Findings:
    catalog = only(*streams, config=config) if streams else None
    return check(TapAnalytics, config, catalog, InstantClock())


@pytest.mark.parametrize(
    ("api", "stream", "settings"),
    [
        ("marketplace", "buyers", {}),
        ("marketplace", "buyers", {"page_size": 30, "concurrency": 8}),
        ("marketplace", "buyers", {"read_by": "pages"}),
        ("marketplace", "buyers", {"verify": "off"}),
        ("marketplace", "analytics_marketplace_disbursements", {"page_size": 100}),
        ("accounting", "contacts", {}),
        ("accounting", "contacts", {"read_by": "pages"}),
    ],
)
def test_the_estimate_is_within_a_fifth_of_what_a_quiet_run_costs(
    larger: Sandbox, api: str, stream: str, settings: dict[str, Any]
) -> None:
    config = connected(larger, api, **settings)
    findings = checked(config, stream)
    first = sync(config, stream)
    full, hourly = findings.full, findings.hourly
    assert full is not None
    assert full.requests == pytest.approx(first.report["requests"], rel=0.2)
    # A number of pages tells the records to a page.
    assert full.records == pytest.approx(first.stream(stream)["records"], abs=100)
    (finding,) = findings.streams
    assert finding.read_by == first.stream(stream)["read_by"]
    again = sync(config, stream, state=first.state)
    assert hourly is not None
    # Of so few requests one is more than a fifth.
    assert hourly.requests == pytest.approx(again.report["requests"], rel=0.2, abs=1)


@pytest.mark.parametrize("rows", [1, 7, 25, 230])
def test_the_estimate_holds_for_every_paginator(rows: int) -> None:
    """Where no total is declared, and not all is on the first page, it is said to be unknown."""
    told = 0
    with Sandbox(rows=dict.fromkeys(SOURCES, rows), seed=1) as api:
        for name in SOURCE_OF:
            changed = {"cursor_path": "last_modified_at", "start_param": "last_modified_at_after"}
            changes = {"endpoint": {"incremental": changed}} if name == "offset_of_a_total" else {}
            # How many pages are sent ahead of an end that nobody knows is a matter of chance.
            settings = {"concurrency": 1} if name == "numbered" else {}
            config = by_token(api, resources=[entry(name, **changes)], **settings)
            findings = checked(config)
            first = sync(config)
            (finding,) = findings.streams
            assert finding.full is not None
            if finding.full.requests is None:
                assert "the API declares no total" in notes(findings)
                continue
            told += 1
            # Whether pages begin at 0 or at 1 is found out by two requests more.
            assert finding.full.requests == pytest.approx(
                first.report["requests"], rel=0.2, abs=2 * (name == "numbered")
            ), name
            again = sync(config, state=first.state)
            assert finding.hourly is not None
            assert finding.hourly.requests == pytest.approx(
                again.report["requests"], rel=0.2, abs=1
            ), name
    assert told >= (8 if rows < LIMIT else 2)


def test_the_cost_of_all_streams_together_is_told(sandbox: Sandbox) -> None:
    config = connected(sandbox)
    findings = checked(config)
    assert findings.full is not None
    assert findings.full.requests == pytest.approx(sync(config).report["requests"], rel=0.2)
    assert findings.result in {"ok", "warning"}
    assert {stream.name for stream in findings.streams} >= {"buyers", "listings"}


def test_a_limit_of_requests_decides_about_the_time(larger: Sandbox) -> None:
    findings = checked(connected(larger, requests_per_minute=6), "buyers")
    (finding,) = findings.streams
    assert finding.full is not None
    assert finding.full.requests is not None
    assert finding.full.seconds == pytest.approx(finding.full.requests * 10)


def notes(findings: Findings) -> str:
    return " ".join(note for stream in findings.streams for note in stream.notes)


def test_a_key_that_is_missing_or_not_unique_fails(sandbox: Sandbox) -> None:
    sandbox.touch("buyers", 0, id=None)
    findings = checked(connected(sandbox, read_by="pages"), "buyers")
    assert findings.result == "failed"
    assert "1 record without the key `id`" in notes(findings)
    same = {"name": "buyers", "primary_key": "cloud"}
    findings = checked(connected(sandbox, resources=[same], read_by="pages"), "buyers")
    assert findings.result == "failed"
    assert "`cloud` is no key" in notes(findings)


def test_values_that_do_not_fit_and_unknown_fields_are_told(sandbox: Sandbox) -> None:
    findings = checked(connected(sandbox, read_by="pages"), "contracts")
    assert findings.result == "warning"
    assert "values that do not fit the schema: `" in notes(findings)
    assert "fields that the schema does not know: `metadata`" in notes(findings)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"x": "nope"},
            "buyers: the expression of `x` in `stream_maps` fails on a record: `nope` is neither",
        ),
        ({"id": None}, "buyers: `stream_maps` does not fit the stream: Removing key property"),
    ],
    ids=str,
)
def test_a_stream_map_that_cannot_be_followed_fails(
    sandbox: Sandbox, fields: dict[str, Any], sentence: str
) -> None:
    findings = checked(by_token(sandbox, stream_maps={"buyers": fields}), "buyers")
    (buyers,) = findings.streams
    assert (findings.result, buyers.result) == ("failed", "failed")
    assert buyers.notes[0].startswith(sentence)
    works = by_token(sandbox, stream_maps={"buyers": {"x": "id", "__filter__": "cloud"}})
    assert checked(works, "buyers").result == checked(by_token(sandbox), "buyers").result


def test_a_refused_token_is_told_once_and_ends_the_check(sandbox: Sandbox) -> None:
    findings = checked(connected(sandbox, client_secret="mistyped"))
    assert findings.result == "failed"
    assert len(findings.streams) == 1
    assert "check `client_id`, `client_secret` and `auth_style`" in notes(findings)
    assert len(sandbox.requests) == 1


def test_a_server_that_is_not_there_is_told_in_seconds(sandbox: Sandbox) -> None:
    with Sandbox() as gone:
        url = gone.base_url
    clock = StillClock()
    began = clock.monotonic()
    findings = check(TapAnalytics, connected(sandbox, base_url=url, token_url=url), None, clock)
    assert findings.result == "failed"
    assert "refused the connection: check `token_url` and the network" in notes(findings)
    assert clock.monotonic() - began < 20
    (stream,) = findings.streams
    assert stream.read_by is None, "no response shows in which way it will be read"


def test_a_stream_that_fails_leaves_the_others_to_be_checked(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", times=None, code=400)
    findings = checked(connected(sandbox), "buyers", "listings")
    assert {stream.name: stream.result for stream in findings.streams} == {
        "buyers": "failed",
        "listings": "ok",
    }
    assert findings.full is not None
    assert findings.full.requests is None, "what is unknown of one is unknown of all"


def invoked(directory: Path, config: dict[str, Any], *arguments: str) -> Result:
    file = directory / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return CliRunner().invoke(
        command_of("check", TapAnalytics), ["--config", str(file), *arguments]
    )


def test_the_command_prints_a_table_and_ends_with_0(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = invoked(tmp_path, by_token(sandbox, api="marketplace"))
    assert ended.exit_code == 0, ended.output
    assert "buyers" in ended.stdout
    assert "read by keyset" in ended.stdout
    assert "A full run sends about" in ended.stdout
    assert ended.stdout.rstrip().splitlines()[-1].startswith("It works")


def test_the_command_prints_json_and_heeds_the_catalog(sandbox: Sandbox, tmp_path: Path) -> None:
    config = by_token(sandbox, api="marketplace")
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(only("listings", config=config)), encoding="utf-8")
    ended = invoked(tmp_path, config, "--format", "json", "--catalog", str(catalog))
    found = json.loads(ended.stdout)
    assert (found["version"], found["result"]) == (1, "ok")
    (stream,) = found["streams"]
    assert stream["name"] == "listings"
    assert stream["full"]["requests"] > 0
    assert stream["seconds_per_request"] > 0


def test_wrong_settings_end_with_1_and_their_sentences(tmp_path: Path) -> None:
    ended = invoked(tmp_path, {"base_url": "https://api.example.com", "acces_token": "hush"})
    assert ended.exit_code == 1
    assert "unknown setting `acces_token`: did you mean `access_token`?" in ended.stdout
    assert "There are no credentials" in ended.stdout
    assert "hush" not in ended.output
    assert "Something fails." in ended.stdout


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ("tap_analytics.check.stream_check.RecordPipeline.prepare", "buyers"),
        ("tap_analytics.tap.TapAnalytics.catalog_problems", "The streams"),
    ],
)
def test_a_failure_that_nobody_foresaw_is_a_sentence(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str, place: str
) -> None:
    def fail(*_: object) -> None:
        message = f"at {sandbox.client_secret}"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(broken, fail)
    ended = invoked(tmp_path, connected(sandbox))
    assert isinstance(ended.exception, SystemExit)
    assert ended.exit_code == 1
    assert f"{place} could not be read: ZeroDivisionError: at ***. The tap does not know" in (
        " ".join(ended.stdout.split())
    )
    assert "Something fails." in ended.stdout


def test_what_one_stream_fails_for_is_not_the_others_trouble(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = RecordPipeline.prepare

    def broken(pipeline: RecordPipeline, page: Page) -> PreparedRecords:
        return prepare(pipeline, page if pipeline._stream.name != "buyers" else cast("Page", None))

    monkeypatch.setattr(RecordPipeline, "prepare", broken)
    found = checked(connected(sandbox), "buyers", "listings")
    assert {stream.name: stream.result for stream in found.streams} == {
        "buyers": "failed",
        "listings": "ok",
    }


@pytest.mark.parametrize("works", [True, False])
def test_the_option_test_ends_in_the_same_sentences(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    works: bool,
) -> None:
    file = tmp_path / "config.json"
    config = by_token(sandbox, api="marketplace") | ({} if works else {"access_token": "mistyped"})
    file.write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["tap-analytics", "--config", str(file), "--test"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == (0 if works else 1)
    said = capsys.readouterr().out
    assert ("It works" if works else "The token was refused: check `access_token`") in said
