"""A time to the minute, the hour or the day stands for all of it: a new record may seem old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tap_analytics.sync.state.time_step import OF_A_DAY, TimeStep
from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.timed_items import timed_items

NOW = datetime(2026, 11, 2, 10, 5, 20, tzinfo=UTC)

FORMS = {
    "minute": "%Y-%m-%dT%H:%MZ",
    "minute, with seconds": "%Y-%m-%dT%H:%M:00Z",
    "hour": "%Y-%m-%dT%H:00:00Z",
    "day": "%Y-%m-%dT00:00:00Z",
    "day of another zone": "%Y-%m-%dT00:00:00-09:00",
    "second": "%Y-%m-%dT%H:%M:%SZ",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_new_record_does_not_stand_in_for_one_that_was_lost(form: str) -> None:
    """Record 1 goes when page 1 is read, and 5 comes: 3 moves to page 1."""
    zone = timedelta(hours=9 if form.endswith("-09:00") else 0)
    # Before the last hour has ended, so that record 5 bears the hour or the day as it began.
    rows = {number: (NOW - timedelta(days=9, minutes=9 - number) - zone) for number in range(1, 5)}

    def respond(query: dict[str, str]) -> dict[str, Any]:
        if len(server.asked) == 2:
            rows.pop(1)
            rows[5] = NOW - zone
        listed = [
            {"id": number, "at": f"{at:{form}}"}
            for number, at in sorted(rows.items())
            if not query.get("since") or f"{at + zone:%FT%T}" >= query["since"]
        ]
        place = 2 * (int(query["page"]) - 1)
        return {"data": listed[place : place + 2], "total": len(listed)}

    pages = {"type": "page_number", "base_page": 1, "records_total_path": "total"}
    with JSONServer(respond) as server:
        server.now = NOW
        config = {
            "base_url": server.url,
            "resources": [timed_items(paginator=pages)],
            "concurrency": 1,
        }
        outcome = sync(config)
    assert outcome.stream("items")["verdict"] == "proven"
    assert {row["id"] for row in outcome.records("items")} >= {2, 3, 4}


@pytest.mark.parametrize("read_by", ["keyset", "windows"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_count_that_cut_one_response_is_found_out(form: str, read_by: str) -> None:
    """Its server counts three, then 5 comes, before them all; and it heeds no order."""
    zone = timedelta(hours=9 if form.endswith("-09:00") else 0)
    rows = [(number, NOW - timedelta(days=9) - zone) for number in (1, 2, 3)]

    def respond(query: dict[str, str]) -> dict[str, Any]:
        total = len(rows)
        if len(server.asked) == 1:
            rows.insert(0, (5, NOW - zone))
        listed = [{"id": number, "at": f"{at:{form}}"} for number, at in rows[:total]]
        return {"data": listed if query["page"] == "1" else [], "total": total}

    pages = {"type": "page_number", "base_page": 1, "records_total_path": "total"}
    pages |= {"limit": 100, "limit_param": "size"}
    by_time = {"order_param": "order", "order_value": "at"}
    item = timed_items(by_time if read_by == "keyset" else {}, paginator=pages)
    item["key_order_param"] = "order"
    with JSONServer(respond) as server:
        server.now = NOW
        config = {"base_url": server.url, "resources": [item], "concurrency": 1}
        outcome = sync(config)
    assert outcome.stream("items")["read_by"] == read_by
    assert {row["id"] for row in outcome.records("items")} >= {1, 2, 3}


@pytest.mark.parametrize(
    ("times", "longest"),
    [
        ([], OF_A_DAY),
        (["2026-01-01T10:05:00"], OF_A_DAY),
        (["2026-01-01T10:05:00", "2026-03-07T11:05:00"], OF_A_DAY),
        (["2026-01-01T08:00:00", "2026-07-01T07:00:00", "2026-07-02T07:00:00"], OF_A_DAY),
        (["2026-01-01T08:30:00", "2026-01-02T09:30:00", "2026-01-02T17:30:00"], "1:00:00"),
        (["2026-01-01T08:15:00", "2026-01-02T09:30:00", "2026-01-02T17:45:00"], "0:15:00"),
        (["2026-01-01T08:15:00", "2026-01-02T09:31:00", "2026-01-02T17:46:00"], "0:01:00"),
        (["2026-01-01T08:15:20", "2026-01-01T09:15:20", "2026-01-01T10:15:20"], "0:00:20"),
        (["2026-01-01T08:15:20", "2026-01-01T09:15:21", "2026-01-01T10:15:20"], "0:00:01"),
        (["2026-01-01T00:00:00", "2026-01-01T09:15:21"], "0:00:03"),
        (["2026-01-01T08:15:17"], "0:00:01"),
        (["2026-01-01T08:15:20.000003Z"], "0:00:00.000001"),
    ],
)
def test_a_step_is_as_long_as_the_times_leave_it(times: list[str], longest: object) -> None:
    step = TimeStep()
    for time in times:
        step.observe([time if "." in time else f"{time}.000000Z"])
    assert str(step.longest) == str(longest)


@pytest.mark.parametrize(
    ("form", "leaves_bound_out", "behind"),
    [
        ("%Y-%m-%d", False, 8),
        ("%Y-%m-%d", True, 0),
    ],
)
def test_pages_that_are_asked_for_by_the_day_have_what_changes_later_on_it(
    form: str,
    leaves_bound_out: bool,  # noqa: FBT001  # of pytest
    behind: int,
) -> None:
    """Its filter may count the days of a zone that is eight hours behind, or leave out its own."""
    rows = {0: NOW.replace(hour=2), 1: NOW.replace(hour=3, minute=0)}
    came: set[int] = set()

    def part_of(at: datetime) -> str:
        return f"{at - timedelta(hours=behind):{form}}"

    def respond(query: dict[str, str]) -> dict[str, Any]:
        since = query.get("since", "")
        listed = [
            {"id": number, "at": f"{at:%FT%TZ}"}
            for number, at in rows.items()
            if part_of(at) > since or (part_of(at) == since and not leaves_bound_out)
        ]
        return {"data": listed}

    state = None
    with JSONServer(respond) as server:
        config = {
            "base_url": server.url,
            "resources": [timed_items({"start_format": form})],
            "concurrency": 1,
        }
        for number, (hour, minute) in enumerate([(3, 0), (3, 0), (6, 10), (6, 10), (20, 0)], 2):
            server.now = NOW.replace(hour=hour, minute=minute, second=40)
            outcome = sync(config, state=state)
            state = outcome.state
            came |= {row["id"] for row in outcome.records("items")}
            assert outcome.stream("items")["verdict"] == "proven"
            rows[number] = server.now + timedelta(seconds=10)
        assert came >= rows.keys() - {number}
