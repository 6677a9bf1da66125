"""An API is asked for what changed since a time in the form in which it writes times itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.start_format import (
    format_of,
    in_format,
    resolution_of,
    start_format_problem,
)
from tap_analytics.sandbox import Sandbox
from tests.support.harness import by_token, sync
from tests.support.shapes import items_in_pages

if TYPE_CHECKING:
    from collections.abc import Iterator


def config(api: Sandbox, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any setting
    entry = {
        "name": "items",
        "primary_key": "id",
        "schema": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "updated_at": {"type": ["string", "null"], "format": "date-time"},
            },
        },
        "endpoint": {
            "path": "/shapes/datasette",
            "data_selector": "rows",
            "params": {"_size": 100},
            "paginator": {"type": "cursor", "cursor_path": "next", "cursor_param": "_next"},
            "incremental": {
                "cursor_path": "updated_at",
                "start_param": "updated_at__gte",
                **more.pop("incremental", {}),
            },
        },
    }
    connection = by_token(api)
    return {**connection, "resources": [entry], **more}


def pages(limit: int) -> Any:  # noqa: ANN401  # an endpoint
    """An endpoint with numbered pages that can be ordered by time."""
    paginator = {"limit": limit, "has_more_path": "next"}
    return items_in_pages(paginator, order_param="ordering")["endpoint"]


@pytest.fixture
def api() -> Iterator[Sandbox]:
    rows, formats = {"items": 60}, {"items": "text"}
    with Sandbox(rows=rows, time_formats=formats, edge_cases=False) as sandbox:
        yield sandbox


def asked(api: Sandbox) -> list[str | None]:
    return [entry.query.get("updated_at__gte") for entry in api.requests if entry.stream == "items"]


def test_a_server_that_compares_text_misses_no_new_row(api: Sandbox) -> None:
    first = sync(config(api), "items")
    assert first.state["bookmarks"]["items"]["start_format"] == "%Y-%m-%d %H:%M:%S"
    held = first.state["bookmarks"]["items"]["replication_key_value"]
    new = api.insert(
        "items", None, at=(datetime.fromisoformat(held) + timedelta(hours=1)).isoformat()
    )
    second = sync(config(api), "items", state=first.state)
    assert {*new} <= {row["id"] for row in second.records("items")}
    assert asked(api)[-1] == held[:19].replace("T", " ")


def test_lookback_goes_out_in_the_same_form(api: Sandbox) -> None:
    first = sync(config(api), "items")
    sync(config(api, lookback=86_400), "items", state=first.state)
    held = first.state["bookmarks"]["items"]["replication_key_value"]
    day_before = datetime.fromisoformat(held) - timedelta(days=1)
    assert asked(api)[-1] == f"{day_before:%Y-%m-%d %H:%M:%S}"


def test_a_start_date_goes_out_in_the_form_that_was_found_out_first(api: Sandbox) -> None:
    """In the tap's own form it would leave out the records of its own day."""
    times = sorted(str(row["updated_at"]) for row in api.rows("items"))
    day = times[-1][:10]
    settings = config(api, start_date=f"{day}T00:00:00Z")
    outcome = sync(settings, "items")
    assert len(outcome.records("items")) == sum(each.startswith(day) for each in times) > 0
    assert asked(api)[2] == f"{day} 00:00:00"


def test_a_form_that_is_named_wins(api: Sandbox) -> None:
    settings = config(api, incremental={"start_format": "%Y-%m-%d"}, start_date="2020-01-01")
    outcome = sync(settings, "items")
    assert asked(api)[0] == "2020-01-01"
    assert "start_format" not in outcome.state["bookmarks"]["items"]


def test_mixed_forms_are_asked_for_from_days_before(api: Sandbox) -> None:
    """This server compares text, and so it would leave out records of the bookmark's own day."""
    api.alter("items", 3, fields={"updated_at": "2025-01-28T10:00:00Z"})
    first = sync(config(api), "items")
    state = first.state["bookmarks"]["items"]
    assert state["start_format"] == "mixed, unordered"
    before = len(asked(api))
    second = sync(config(api), "items", state=first.state)
    bookmark = datetime.fromisoformat(state["replication_key_value"])
    days_before = bookmark.date() - timedelta(days=2)
    assert asked(api)[before] == f"{days_before}T00:00:00.000000Z"
    assert second.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize(
    ("form", "read_by"), [("%Y-%m-%d %H:%M:%S", "keyset"), ("%Y-%m-%dT%H:%M:%SZ", "pages")]
)
def test_keyset_reading_asks_in_the_form_that_the_first_response_shows(
    form: str, read_by: str
) -> None:
    """A form of whole seconds makes the filter coarser than the tap's own.

    Where forms are mixed, a server that compares text leaves records out: then it reads by pages.
    """
    with Sandbox(rows={"items": 60}, time_formats={"items": "text"}, edge_cases=False) as api:
        settings = config(api)
        settings["resources"][0]["endpoint"] = pages(10)
        # A second before the last record of the first page there is another one.
        rows = sorted(api.rows("items"), key=lambda row: str(row["updated_at"]))
        last = datetime.fromisoformat(str(rows[9]["updated_at"]))
        second_before = (last - timedelta(seconds=1)).strftime(form)
        api.alter("items", str(rows[8]["id"]), fields={"updated_at": second_before})
        outcome = sync(settings, "items")
        report = outcome.stream("items")
        assert (report["read_by"], report["verdict"]) == (read_by, "proven")
        assert {row["id"] for row in outcome.records("items")} == {row["id"] for row in rows}


@pytest.mark.parametrize("read_by", ["keyset", "windows"])
def test_the_first_run_from_a_start_date_leaves_a_bookmark(read_by: str) -> None:
    """Also where the values that come show that the form was the right one from the beginning."""
    with Sandbox(rows={"items": 400}, edge_cases=False) as api:
        settings = config(api, read_by=read_by, start_date="2020-01-01T00:00:00Z")
        (entry,) = settings["resources"]
        entry["key_order_param"] = "ordering"
        entry["endpoint"] = pages(100)
        first = sync(settings, "items")
        newest = max(str(row["updated_at"]) for row in first.records("items"))
        report = first.stream("items")
        assert (report["read_by"], report["verdict"]) == (read_by, "proven")
        assert report["bookmark"] == newest
        second = sync(settings, "items", state=first.state)
        assert len(second.records("items")) < 5


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("read_by", ["keyset", "windows", "pages"])
def test_a_start_in_another_form_sends_no_record_twice(read_by: str, concurrency: int) -> None:
    """The first page shows the form: what was asked for in the other one is not sent."""
    rows, formats = {"items": 400}, {"items": "text"}
    with Sandbox(rows=rows, time_formats=formats, edge_cases=False) as api:
        start = {"start_date": "2020-01-01T00:00:00Z", "concurrency": concurrency}
        settings = config(api, read_by=read_by, **start)
        (entry,) = settings["resources"]
        entry["key_order_param"] = "ordering"
        entry["endpoint"] = pages(100)
        outcome = sync(settings, "items")
        report = outcome.stream("items")
        assert (report["read_by"], report["verdict"]) == (read_by, "proven")
        assert sorted(str(row["id"]) for row in outcome.records("items")) == sorted(
            str(row["id"]) for row in api.rows("items")
        )
        starts = [
            entry.query["updated_after"] for entry in api.requests if "updated_after" in entry.query
        ]
        assert " " in starts[-1], "it is asked in the form of its values"


INSTANT = "2025-01-28T10:00:00.987654Z"


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        ("2025-01-01 00:00:00", "%Y-%m-%d %H:%M:%S", "2025-01-28 10:00:00"),
        ("2025-01-01T00:00:00Z", "%Y-%m-%dT%H:%M:%SZ", "2025-01-28T10:00:00Z"),
        ("2025-01-01T00:00:00.5Z", "%Y-%m-%dT%H:%M:%S.%1fZ", "2025-01-28T10:00:00.9Z"),
        (
            "2025-01-01T00:00:00.123-06:30",
            "%Y-%m-%dT%H:%M:%S.%3f-06:30",
            "2025-01-28T03:30:00.987-06:30",
        ),
        ("2025-01-01T00:00:00+0200", "%Y-%m-%dT%H:%M:%S+0200", "2025-01-28T12:00:00+0200"),
        ("2025-01-01T00:00:00,123456789", "%Y-%m-%dT%H:%M:%S,%9f", "2025-01-28T10:00:00,987654000"),
        ("2025-01-01T00:00", "%Y-%m-%dT%H:%M", "2025-01-28T10:00"),
        ("2025-01-01", "%Y-%m-%d", "2025-01-28"),
        ("2025-01-01T00", "%Y-%m-%dT%H", "2025-01-28T10"),
        ("2025-01-01t00:00:00z", "%Y-%m-%dt%H:%M:%Sz", "2025-01-28t10:00:00z"),
        ("20250101T000000.5Z", "%Y%m%dT%H%M%S.%1fZ", "20250128T100000.9Z"),
        ("20250101T0000+0200", "%Y%m%dT%H%M+0200", "20250128T1200+0200"),
    ],
)
def test_a_form_is_read_off_a_value_and_written_rounded_down(
    value: str, form: str, written: str
) -> None:
    assert format_of(value) == form
    assert in_format(INSTANT, form) == written
    assert start_format_problem(form) is None
    moment = datetime.fromisoformat(utc_instant(written))
    assert (
        timedelta()
        <= datetime.fromisoformat(INSTANT) - moment
        < max(resolution_of(form), timedelta(microseconds=1))
    )


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        ("2025-01-01 00:00:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "2025-01-28 10:00:00 UTC"),
        ("2025-01-01 00:00:00 +0100", "%Y-%m-%d %H:%M:%S +0100", "2025-01-28 11:00:00 +0100"),
        ("2025-01-01T00:00Z[UTC]", "%Y-%m-%dT%H:%MZ[UTC]", "2025-01-28T10:00Z[UTC]"),
        (
            "Wed, 01 Jan 2025 00:00:00 -0700",
            "%a, %d %b %Y %H:%M:%S -0700",
            "Tue, 28 Jan 2025 03:00:00 -0700",
        ),
        ("1 Jan 2025 00:00 GMT", "%d %b %Y %H:%M GMT", "28 Jan 2025 10:00 GMT"),
    ],
)
def test_a_form_with_words_is_read_off_and_written_alike(
    value: str, form: str, written: str
) -> None:
    assert format_of(value) == form
    assert in_format(INSTANT, form) == written
    assert start_format_problem(form) is None
    assert utc_instant(written) == "2025-01-28T10:00:00.000000Z"
    assert resolution_of(form) == timedelta(seconds=1 if "%S" in form else 60)


def test_seconds_and_milliseconds_can_be_asked_for() -> None:
    assert in_format(INSTANT, "%s") == "1738058400"
    assert in_format(INSTANT, "%ms") == "1738058400987"


@pytest.mark.parametrize(
    "value", ["", "yesterday", "/Date(0)/", "2025-1-1", "20250101", "01/02/2025"]
)
def test_what_is_no_date_time_has_no_form(value: str) -> None:
    assert format_of(value) is None


@pytest.mark.parametrize(
    ("form", "problem"), [("%H:%M", "names no day"), ("%Y-%j", "has `%j`"), ("%Y%", "has `%`")]
)
def test_a_form_that_cannot_work_is_said(form: str, problem: str) -> None:
    assert problem in str(start_format_problem(form))
