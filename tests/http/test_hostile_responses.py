"""Odd and hostile responses: a sentence for the stream, and the other streams go on."""

from __future__ import annotations

import itertools
import json
import time
from errno import ENOSPC
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sync.message_writer import MessageWriter
from tap_analytics.sync.record_pipeline import PreparedRecords, RecordPipeline
from tests.support.harness import Outcome, connected
from tests.support.one_stream import data_requests, read, run
from tests.support.slow import default_and_slow

if TYPE_CHECKING:
    from tap_analytics.rest.page import Page
    from tap_analytics.sandbox import Sandbox

HUGE = "9" * 5_000

HARMLESS: list[dict[str, Any]] = [
    {"Location": "http://["},
    {"RateLimit": f"r={HUGE}; t=1"},
    {"RateLimit": f"r=0; t={HUGE}"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1²"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": HUGE},
    {"Date": "Fri, 31 Dec 99999 23:59:59 GMT"},
    {"Date": "Fri, 31 Dec 9999 23:59:59 -2359"},
    {"Date": f"Fri, 31 Dec {HUGE} 23:59:59 GMT"},
    {"Date": None},
    {"Retry-After": HUGE},
]


@pytest.mark.parametrize("values", HARMLESS, ids=range(len(HARMLESS)))
def test_a_header_that_makes_no_sense_is_nobodys_trouble(
    sandbox: Sandbox, values: dict[str, Any]
) -> None:
    sandbox.fault("headers", stream="buyers", times=99, values=values)
    outcome = run(sandbox)
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 25


@pytest.mark.parametrize("token", ["number", "text", "exponent"])
def test_a_life_of_400_digits_is_a_long_life(sandbox: Sandbox, token: str) -> None:
    life = {"number": "9" * 400, "text": f'"{"9" * 400}"', "exponent": "9e400"}[token]
    body = f'{{"access_token": "{sandbox.mint_token()}", "expires_in": {life}}}'
    sandbox.fault("status", path="/authenticate/", code=200, body=body, times=99)
    assert len(run(sandbox).records("buyers")) == 25


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"action": "deep_json"}, "the JSON is nested too deeply to be read"),
    ({"action": "bad_chunk", "size": "F" * 16}, "broke before the response was complete"),
    ({"action": "bad_chunk", "size": "-1"}, "broke before the response was complete"),
    ({"action": "bad_chunk", "size": "x"}, "broke before the response was complete"),
    ({"action": "status", "code": 999, "body": "no"}, "returned 999"),
    ({"action": "content_encoding", "name": "zstd\u00a0"}, "compressed as `zstd\\xa0`"),
    ({"action": "content_encoding", "name": "br"}, "`Accept-Encoding: gzip`"),
    ({"action": "content_encoding", "name": "gzip, " * 9 + "gzip"}, "could not be decompressed"),
    ({"action": "gzip_without_checksum"}, "the compressed body ended too soon"),
    ({"action": "large_body", "megabytes": 3}, "larger than 1 MB; `max_response_mb` sets"),
    ({"action": "gzip_bomb", "megabytes": 8}, "larger than 1 MB; `max_response_mb` sets"),
    (
        {"action": "gzip_bomb", "megabytes": 8, "layers": 2},
        "larger than 1 MB; `max_response_mb` sets",
    ),
    (
        {"action": "slow_body", "seconds": 60, "bytes_per_second": 50},
        "not complete after 0.5 seconds; `response_timeout` sets",
    ),
    (
        {"action": "slow_headers", "seconds": 60, "bytes_per_second": 50},
        "not complete after 0.5 seconds; `response_timeout` sets",
    ),
    (
        {"action": "endless_continue", "seconds": 60},
        "not complete after 0.5 seconds; `response_timeout` sets",
    ),
    ({"action": "redirect", "to": "http://["}, "which is not followed"),
    ({"action": "redirect", "to": "//evil.example\x1b[2J"}, "which is not followed"),
]


def both_streams(sandbox: Sandbox, **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    bounds: dict[str, Any] = {
        "max_response_mb": 1,
        "response_timeout": 0.5,
        "error_handler": {"max_retries": 1},
    }
    return read(connected(sandbox, concurrency=1, **bounds | settings) | {"api": None})


@pytest.mark.parametrize(
    ("number", "page"),
    default_and_slow(
        itertools.product(range(len(REFUSED)), (1, 2)),
        ((number, 1 + number % 2) for number in range(len(REFUSED))),
    ),
)
def test_an_odd_response_is_one_streams_trouble(sandbox: Sandbox, number: int, page: int) -> None:
    fault, sentence = REFUSED[number]
    sandbox.fault(stream="buyers", page=page, times=99, **fault)
    began = time.monotonic()
    outcome = both_streams(sandbox)
    assert time.monotonic() - began < 20
    error = outcome.stream("buyers")["error"]
    assert sentence in error
    assert error.startswith(f"buyers: GET /buyers, page {page}, ")
    assert error.isprintable()
    assert len(outcome.records("buyers")) == 10 * (page - 1)
    assert len(outcome.records("contacts")) == 25
    assert not any("Traceback" in line for line in outcome.log)


INCOMPLETE = [
    {"action": "gzip_without_checksum"},
    {"action": "bad_chunk", "size": "FFFFFFFFFFFFFFFF"},
    {"action": "slow_body", "seconds": 60, "bytes_per_second": 50},
    {"action": "slow_headers", "seconds": 60, "bytes_per_second": 50},
]


@pytest.mark.parametrize("fault", INCOMPLETE, ids=str)
def test_what_is_incomplete_or_late_once_is_read_again(
    sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.fault(stream="buyers", page=2, **fault)
    outcome = both_streams(sandbox)
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 25


@pytest.mark.parametrize("code", [700, 999])
def test_a_status_beyond_the_known_ones_is_an_error_and_not_retried(
    sandbox: Sandbox, code: int
) -> None:
    sandbox.fault("status", stream="buyers", page=1, times=99, code=code, body='{"results": []}')
    outcome = run(sandbox)
    assert f"returned {code}" in outcome.stream("buyers")["error"]
    assert len(data_requests(sandbox)) == 1


VALUES = [
    "1e99999999999999999999",
    '"1e99999999999999999999"',
    "-1e-99999999999999999999",
    HUGE,
    f'"{HUGE}"',
    "NaN",
    "[" * 500 + "]" * 500,
    "[" * 3_000 + "]" * 3_000,
    '"9999-12-31T23:59:59-23:59"',
    '"0001-01-01T00:00:00+23:59"',
    '"\\ud800"',
    json.dumps({"a" * 100_000: 1}),
    json.dumps({f"f{number}": 1 for number in range(10_000)}),
]


FIELDS = ("name", "last_modified", "unknown")


@pytest.mark.parametrize(
    ("number", "field"),
    default_and_slow(
        itertools.product(range(len(VALUES)), FIELDS),
        ((number, FIELDS[number % len(FIELDS)]) for number in range(len(VALUES))),
    ),
)
def test_an_odd_value_is_its_streams_trouble_at_most(
    sandbox: Sandbox, number: int, field: str
) -> None:
    sandbox.fault("inject", stream="buyers", page=2, times=99, field=field, json=VALUES[number])
    outcome = both_streams(sandbox, verify="warn")
    assert len(outcome.records("contacts")) == 25
    part = outcome.stream("buyers")
    # Either all its records are out, or a sentence says what could not be read, and where.
    if part["error"] is None:
        assert len({record["id"] for record in outcome.records("buyers")}) == 25
    else:
        assert "page 2" in part["error"]
    assert not any("Traceback" in line for line in outcome.log)


def test_a_failure_that_nobody_foresaw_is_a_sentence_with_its_place(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="tap-analytics")
    prepare = RecordPipeline.prepare

    def broken(pipeline: RecordPipeline, page: Page) -> PreparedRecords:
        if pipeline._stream.name == "buyers" and page.label == "page 2":
            message = f"at\x1b[2J {sandbox.client_secret}"
            raise ZeroDivisionError(message)
        return prepare(pipeline, page)

    monkeypatch.setattr(RecordPipeline, "prepare", broken)
    outcome = both_streams(sandbox)
    assert outcome.stream("buyers")["error"] == (
        "buyers: a record of page 2 could not be read: ZeroDivisionError: at\\x1b[2J ***. The tap "
        "does not know this kind of failure; at the log level DEBUG the log has the traceback. "
        "Please report it."
    )
    assert len(outcome.records("contacts")) == 25
    tracebacks = [record for record in caplog.records if "Traceback" in record.getMessage()]
    assert [record.levelname for record in tracebacks] == ["DEBUG"]
    assert "in broken" in tracebacks[0].getMessage()
    assert sandbox.client_secret not in tracebacks[0].getMessage()


def test_an_output_that_cannot_be_written_is_every_streams_trouble(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(MessageWriter, "write_records", full)
    with pytest.raises(OSError, match="No space left"):
        both_streams(sandbox)
