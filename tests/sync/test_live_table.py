"""A table that somebody works with, over HTTP: one pass, proven, and nothing is lost."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.live_table import HOUR, live_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.sandbox import Sandbox

PAGES = 30
SLOW = pytest.mark.slow
DISBURSEMENTS = "analytics_marketplace_disbursements"


RATES, ORDERS = (0.1, 1, 5, 20), ("key", "modified", "-modified")
EVERY_RUN = {(0.1, "key"), (1, "modified"), (5, "-modified"), (20, "key")}
"""Each rate and each order once; the other pairs are `slow`."""


@pytest.mark.parametrize(
    ("per_page", "order"),
    [
        pytest.param(*pair, marks=() if pair in EVERY_RUN else SLOW)
        for pair in product(RATES, ORDERS)
    ],
)
def test_every_run_is_proven_in_one_pass_and_its_bookmark_moves(
    per_page: float, order: str
) -> None:
    """Whatever order the server has by itself: the tap asks for the one that it needs."""
    with live_table(order=order) as table:
        table.edit(per_page)
        first, *hourly = [table.run() for _ in range(4)]
        quiet = table.run_quietly()
        assert table.lost() == set()
    for run in table.runs:
        assert (run.report["verdict"], run.report["read_by"]) == ("proven", "keyset")
        assert (run.report["passes"], run.report["reasons"]) == (1, [])
        assert run.report["pages"] == len(run.requests)
    assert len(first.requests) <= 1.25 * PAGES
    assert all(len(run.requests) <= 1.5 * PAGES for run in hourly)
    if per_page < 1:
        assert [len(run.requests) for run in hourly] == [1, 1, 1]
    else:
        bookmarks = [run.bookmark for run in (first, *hourly)]
        assert len(set(bookmarks)) == 4
    assert len(quiet[-1].requests) == 1
    table.check_bookmarks()


@pytest.mark.parametrize(
    ("per_page", "pages"),
    [(1, 60), pytest.param(1, 120, marks=SLOW), pytest.param(5, 120, marks=SLOW)],
)
def test_parts_in_flight_lose_nothing_either(per_page: float, pages: int) -> None:
    # On a busy machine, responses that take no time are never in flight together.
    with live_table(rows=10 * pages, concurrency=4, delay=0.01) as table:
        table.edit(per_page)
        first = table.run()
        table.run()
        table.run_quietly()
        assert table.lost() == set()
        assert table.api.most_in_flight > 1
    assert {run.report["verdict"] for run in table.runs} == {"proven"}
    assert {run.report["read_by"] for run in table.runs} == {"keyset"}
    assert len(first.requests) <= 1.25 * pages
    table.check_bookmarks()


@pytest.mark.parametrize("per_page", [1, pytest.param(5, marks=SLOW)])
@pytest.mark.parametrize("exclusive", [True, pytest.param(False, marks=SLOW)])
def test_a_filter_in_whole_seconds_is_enough(per_page: float, *, exclusive: bool) -> None:
    with live_table("bank_transactions") as table:
        table.edit(per_page)
        if exclusive:
            table.api.fault("exclusive", stream="bank_transactions")
        first, *_ = [table.run() for _ in range(4)]
        table.run_quietly()
        assert table.lost() == set()
    assert {run.report["verdict"] for run in table.runs} == {"proven"}
    assert {run.report["read_by"] for run in table.runs} == {"keyset"}
    assert len(first.requests) <= 1.25 * PAGES
    table.check_bookmarks("UpdatedDateUTC")


@pytest.mark.parametrize("exclusive", [True, pytest.param(False, marks=SLOW)])
def test_ties_that_fill_several_pages_are_read_within_keyset_reading(*, exclusive: bool) -> None:
    with live_table() as table:
        table.api.touch("buyers", *range(20, 75), at="2025-02-03T04:05:06Z")
        if exclusive:
            table.api.fault("exclusive", stream="buyers")
        table.edit(1)
        first = table.run()
        table.run()
        table.run_quietly()
        assert table.lost() == set()
    assert {run.report["verdict"] for run in table.runs} == {"proven"}
    assert {run.report["read_by"] for run in table.runs} == {"keyset"}
    assert max(int(query["page"]) for query in first.requests) >= 5
    table.check_bookmarks()


OBSTACLES: dict[str, tuple[Callable[[Sandbox], object], str]] = {
    "the order is ignored, by key": (
        lambda api: api.fault("ignore_order", stream="buyers", by="key"),
        "modification times fall within a response",
    ),
    "the order is ignored, by insertion": (
        lambda api: api.fault("ignore_order", stream="buyers", by="insertion"),
        "modification times fall within a response",
    ),
    "the direction is ignored": (
        lambda api: api.fault("ignore_direction", stream="buyers"),
        "the server does not reverse the order when it is asked to",
    ),
    "the order is refused with 400": (
        lambda api: api.fault("refuse_order", stream="buyers", code=400),
        "the server refuses the order by modification time",
    ),
    "the order is refused with 404": (
        lambda api: api.fault("refuse_order", stream="buyers", code=404),
        "the server refuses the order by modification time",
    ),
    "the order is refused with 422": (
        lambda api: api.fault("refuse_order", stream="buyers", code=422),
        "the server refuses the order by modification time",
    ),
    "the filter is ignored": (
        lambda api: api.fault("ignore_since", stream="buyers"),
        "a record is older than what was asked for",
    ),
    "records without a time": (
        lambda api: api.alter("buyers", *range(20, 25), fields={"last_modified_at": None}),
        "a record has no modification time",
    ),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_where_keyset_reading_is_not_possible_it_is_said_and_nothing_is_lost(obstacle: str) -> None:
    hinder, reason = OBSTACLES[obstacle]
    with live_table(rows=120) as table:
        hinder(table.api)
        table.edit(1)
        first = table.run()
        table.run()
        quiet = table.run_quietly()
        assert table.lost() == set()
    assert first.report["read_by"] == "pages"
    assert reason in first.report["fell_back"]
    assert first.said(f"buyers: it cannot be read by keyset: {reason}")
    assert first.said("It is read by pages instead.")
    assert first.outcome.waits == [], "a refusal on trial is not retried"
    assert {run.report["verdict"] for run in quiet} == {"proven"}
    assert all("ordering" not in query for query in quiet[0].requests)
    table.check_bookmarks()


def test_an_order_that_only_looks_right_is_found_out_by_its_reverse() -> None:
    """Records that were inserted in the order of their times, and a server that knows no order."""
    with live_table(rows=120, order="place") as table:
        table.api.touch("buyers", *range(120), at="2025-02-03T04:05:06Z")
        for number in range(120):
            at = f"2025-03-{1 + number // 24:02}T{number % 24:02}:00:00Z"
            table.api.touch("buyers", number, order="place", at=at)
        table.api.fault("ignore_order", stream="buyers", by="insertion")
        table.edit(1)
        first = table.run()
        table.run()
        table.run_quietly()
        assert table.lost() == set()
    assert first.report["read_by"] == "pages"
    assert first.said("the server does not reverse the order when it is asked to")
    assert [query["ordering"] for query in first.requests[:2]] == [
        "last_modified_at",
        "-last_modified_at",
    ]
    table.check_bookmarks()


def test_ties_in_an_order_that_varies_are_left_to_counting_passes_from_there_on() -> None:
    tied = "2025-02-03T04:05:06"
    with live_table() as table:
        table.api.touch("buyers", *range(20, 75), at=f"{tied}Z")
        table.api.fault("vary_ties", stream="buyers")
        table.edit(1)
        first = table.run()
        table.run()
        quiet = table.run_quietly()
        assert table.lost() == set()
    assert first.report["read_by"] == "pages"
    assert first.said("records of one time come in an order that changes")
    assert first.said(f"It is read by pages instead, from {tied}")
    assert first.bookmark is not None
    assert first.bookmark >= tied, "what keyset reading had settled stays settled"
    assert {run.report["verdict"] for run in quiet} == {"proven"}
    table.check_bookmarks()


def test_a_page_of_ties_that_is_missing_for_a_moment_does_not_end_the_reading() -> None:
    with live_table() as table:
        table.api.touch("buyers", *range(20, 75), at="2025-02-03T04:05:06Z")
        table.api.fault("omit", stream="buyers", keys=["count", "next", "page_count"])
        table.api.fault("status", stream="buyers", page=3, code=404)
        run = table.run()
        assert table.lost() == set()
    assert (run.report["read_by"], run.report["verdict"]) == ("keyset", "proven")
    assert [query["page"] for query in run.requests].count("3") >= 2, "it was met"


def test_an_empty_response_that_another_one_contradicts_does_not_end_the_reading() -> None:
    with live_table() as table:
        table.api.fault("omit", stream="buyers", keys=["count", "next", "page_count"])
        table.api.fault("records", stream="buyers", how="empty", nth=6)
        run = table.run()
        assert table.lost() == set()
    assert (run.report["read_by"], run.report["verdict"]) == ("keyset", "proven")
    since = [query.get("last_modified_at_after") for query in run.requests]
    assert since[6] is not None
    assert since[5] is not None
    assert since[6] < since[5], "the empty response was met, and asked about"


def test_what_keyset_reading_lost_is_not_forgotten_where_it_gives_up_in_the_middle() -> None:
    """The passes behind it begin where it gave up, and read no record before that again."""
    with live_table() as table:
        table.api.touch("buyers", *range(20, 75), at="2025-02-03T04:05:06Z")
        table.api.fault("vary_ties", stream="buyers")
        oldest = min(table.api.rows("buyers"), key=lambda row: str(row["last_modified_at"]))
        table.api.alter("buyers", str(oldest["id"]), fields={"id": None})
        run = table.run()
    assert run.said("It is read by pages instead, from 2025-02-03T04:05:06")
    assert (run.report["verdict"], run.report["without_key"]) == ("not proven", 1)
    assert run.bookmark is None, "it would pass the record that was not sent"


@pytest.mark.parametrize(
    ("per_page", "pages"), [(5, 6), *(pytest.param(rate, 20, marks=SLOW) for rate in (1, 5, 20))]
)
def test_a_stream_without_times_is_proven_in_one_pass_of_windows(
    per_page: float, pages: int
) -> None:
    settings: dict[str, Any] = {"page_size": 100, "emit_activate_version_messages": True}
    with live_table(DISBURSEMENTS, rows=100 * pages, **settings) as table:
        before = {row["id"] for row in table.api.rows(DISBURSEMENTS)}
        table.edit(per_page)
        run = table.run()
        throughout = before & {row["id"] for row in table.api.rows(DISBURSEMENTS)}
        table.run_quietly()
        assert table.lost() == set()
    assert (run.report["verdict"], run.report["read_by"]) == ("proven", "windows")
    assert run.report["passes"] == 1
    assert len(run.requests) <= max(pages + 3, 1.2 * pages)
    kinds = [message["type"] for message in run.outcome.messages]
    (told,) = run.outcome.of("ACTIVATE_VERSION")
    assert "RECORD" not in kinds[kinds.index("ACTIVATE_VERSION") :]
    records = run.outcome.of("RECORD")
    kept = {each["record"]["id"] for each in records if each["version"] == told["version"]}
    assert throughout <= kept, "a target deletes the others"


@pytest.mark.parametrize(
    "per_page", [5, *(pytest.param(rate, marks=SLOW) for rate in (0.1, 1, 20))]
)
def test_windows_of_what_changed_are_proven_in_one_pass_and_the_bookmark_moves(
    per_page: float,
) -> None:
    with live_table(rows=600, page_size=100, read_by="windows") as table:
        table.edit(per_page)
        first, *hourly = [table.run() for _ in range(4)]
        quiet = table.run_quietly()
        assert table.lost() == set()
    for run in table.runs:
        assert (run.report["verdict"], run.report["read_by"]) == ("proven", "windows")
        assert (run.report["passes"], run.report["reasons"]) == (1, [])
    assert all(query["ordering"] in {"id", "-id"} for query in first.requests)
    assert all("last_modified_at_after" in query for run in hourly for query in run.requests)
    assert len({run.bookmark for run in (first, *hourly)}) >= (4 if per_page >= 1 else 1)
    assert len(quiet[-1].requests) == 1
    table.check_bookmarks()


def test_where_the_order_by_time_is_refused_the_order_by_key_does() -> None:
    with live_table(rows=600, page_size=100) as table:
        table.api.fault("refuse_order", stream="buyers", code=400, by="last_modified_at")
        table.edit(1)
        first, second = table.run(), table.run()
        table.run_quietly()
        assert table.lost() == set()
    assert {run.report["read_by"] for run in table.runs} == {"windows"}
    assert {run.report["verdict"] for run in table.runs} == {"proven"}
    assert first.said("buyers: it cannot be read by keyset: the server refuses the order")
    assert first.said("It is read by windows instead.")
    assert second.said("buyers: it is read by windows: the server refuses the order")
    assert all(query["ordering"] in {"id", "-id"} for query in second.requests), "remembered"


WINDOW_OBSTACLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "the size is capped": ("cap", {"size": 7}, "too short to overlap"),
    "the size is ignored": ("ignore_page_size", {"size": 100}, "the size is not heeded"),
    "the order is ignored": ("ignore_order", {"by": "insertion"}, "keys do not ascend"),
    "the direction is ignored": ("ignore_direction", {}, "the opposite order does not show"),
    "the order is refused": ("refuse_order", {"code": 400}, "refuses the order by key"),
}


@pytest.mark.parametrize("obstacle", WINDOW_OBSTACLES)
def test_where_windows_are_not_possible_it_is_said_and_pages_are_counted(obstacle: str) -> None:
    action, arguments, reason = WINDOW_OBSTACLES[obstacle]
    settings: dict[str, Any] = {"page_size": 100, "emit_activate_version_messages": True}
    with live_table(DISBURSEMENTS, rows=200, **settings) as table:
        table.api.fault(action, stream=DISBURSEMENTS, **arguments)
        first = table.run()
        assert table.lost() == set()
    assert (first.report["verdict"], first.report["read_by"]) == ("proven", "pages")
    assert reason in first.report["fell_back"]
    assert first.said(f"{DISBURSEMENTS}: it cannot be read by windows")
    assert len(first.outcome.of("ACTIVATE_VERSION")) == 1, "counting passes prove as much"
    assert first.said(reason)


def test_a_way_that_failed_is_tried_again_after_a_day_or_where_another_question_is_asked() -> None:
    def tried(*, wait: int = 0, **settings: Any) -> bool:  # noqa: ANN401  # any setting
        for _ in range(wait):
            table.api.advance(HOUR)
            table.runs.append(table.runs[-1])
        before, table.settings = dict(table.settings), table.settings | settings
        table.api.touch("buyers", *range(20))
        run = table.run()
        table.settings = before
        return any("ordering" in query for query in run.requests)

    with live_table(rows=60) as table:
        table.api.fault("ignore_direction", stream="buyers")
        assert tried(), "the first time"
        assert not tried()
        assert table.runs[-1].said("it is read by pages: the server does not reverse the order")
        assert "it is tried again from" in table.runs[-1].report["fell_back"]
        assert tried(page_size=12), "another question"
        assert tried(read_by="keyset"), "chosen by hand"
        assert not tried(page_size=12)
        assert tried(page_size=12, wait=24), "after a day"


def test_records_of_one_time_alone_do_not_show_that_the_order_is_ignored() -> None:
    with live_table(rows=60) as table:
        table.run()
        for _ in range(2):
            table.api.touch("buyers", *range(25), at=f"2030-02-0{len(table.runs)}T04:05:06Z")
            assert table.run().report["read_by"] == "pages"
            assert "ordering" in table.runs[-1].requests[0], "tried in each run"
        assert table.lost() == set()
