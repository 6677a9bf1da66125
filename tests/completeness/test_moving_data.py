"""Rows that are deleted, changed and added while the tap reads: none is lost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode
from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.registry import packaged_schema
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.harness import Outcome

ROWS, SIZE = 35, 10
STREAMS = {
    "buyers": ("marketplace", "id"),
    "bank_transactions": ("accounting", "BankTransactionID"),
    "analytics_marketplace_disbursements": ("marketplace", "id"),
}
EDITS: dict[str, dict[str, Any]] = {
    "delete on a page already read": {"delete": [3]},
    "delete ahead": {"delete": [25]},
    "touch a row behind": {"touch": [3]},
    "touch a row ahead": {"touch": [25]},
    "insert behind": {"insert": [3]},
    "insert at the end": {"insert": [None]},
    "all at once": {"delete": [3, 25], "touch": [4, 26], "insert": [5, None]},
    "as many gone as come": {"delete": [3], "insert": [None]},
}


@pytest.fixture
def moving() -> Iterator[Sandbox]:
    """A server with plain rows that are old enough to be known as old."""
    with Sandbox(rows=dict.fromkeys((*STREAMS, "listings"), ROWS), seed=3, edge_cases=False) as api:
        yield api


def truth(api: Sandbox, stream: str) -> dict[str, dict[str, Any]]:
    """What the server holds now, as the tap would send it."""
    rows = api.rows(stream)
    conformer = Conformer(packaged_schema(stream))
    for row in rows:
        conformer.conform(row)
    return {row[STREAMS[stream][1]]: json.loads(encode(row), parse_float=Decimal) for row in rows}


def table(stream: str, *outcomes: Outcome) -> dict[str, dict[str, Any]]:
    """What a target holds that merges by key."""
    key = STREAMS[stream][1]
    return {row[key]: row for outcome in outcomes for row in outcome.records(stream)}


def bookmark(outcome: Outcome, stream: str) -> str | None:
    value: str | None = (
        outcome.state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
    )
    return value


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("order", ["key", "modified", "-modified"])
@pytest.mark.parametrize(
    ("stream", "declared", "concurrency"),
    [("buyers", True, 1), ("buyers", False, 4)],
)
def test_no_row_is_lost_whatever_moves(  # what the world is like
    moving: Sandbox, stream: str, *, declared: bool, concurrency: int, order: str, edit: str
) -> None:
    lose_nothing(moving, stream, order, edit, declared=declared, concurrency=concurrency)


@pytest.mark.parametrize("edit", ["touch a row behind", "all at once", "as many gone as come"])
@pytest.mark.parametrize("order", ["key", "modified", "-modified"])
def test_no_row_is_lost_where_only_the_number_of_pages_is_declared(
    moving: Sandbox, order: str, edit: str
) -> None:
    lose_nothing(moving, "bank_transactions", order, edit, declared=True, concurrency=4)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("declared", [True, False])
def test_no_row_is_lost_where_rows_do_not_say_when_they_changed(
    moving: Sandbox, edit: str, *, declared: bool
) -> None:
    stream = "analytics_marketplace_disbursements"
    lose_nothing(moving, stream, "place", edit, declared=declared, concurrency=4)


def lose_nothing(  # what the world is like
    api: Sandbox, stream: str, order: str, edit: str, *, declared: bool, concurrency: int
) -> None:
    """Read while an edit happens before page 2, and again; hold both against the server."""
    family, key = STREAMS[stream]
    config = connected(api, family, page_size=SIZE, concurrency=concurrency)
    api.order(stream, order)
    if not declared:
        api.fault("omit", stream=stream, keys=["count", "next"])
    before = {row[key] for row in api.rows(stream)}
    api.edit(stream, page=2, **EDITS[edit])
    first = sync(config, stream)
    now = truth(api, stream)
    if first.stream(stream)["verdict"] == "proven":
        assert before & now.keys() <= table(stream, first).keys()
    else:
        assert bookmark(first, stream) is None
    # Whatever the first run left for later, the second finds it from the first one's bookmark.
    second = sync(config, stream, state=first.state)
    assert second.stream(stream)["verdict"] == "proven"
    held = table(stream, first, second)
    assert {there: held.get(there) for there in now} == now


def churn(api: Sandbox, stream: str, passes: int = 3) -> None:
    """Delete a row that was just read and add one at the end, in every pass."""
    for number in range(1, passes + 1):
        api.edit(stream, page=2, nth=number, delete=[0], insert=[None])


def test_a_lost_row_is_found_by_reading_again(moving: Sandbox) -> None:
    moving.order("buyers", "key")
    churn(moving, "buyers", passes=1)
    outcome = sync(connected(moving, page_size=SIZE, concurrency=1), "buyers")
    report = outcome.stream("buyers")
    assert (report["verdict"], report["passes"]) == ("proven", 2)
    assert "new ones may stand in for others" in report["reasons"][0]
    assert {row["id"] for row in moving.rows("buyers")} <= table("buyers", outcome).keys()
    assert len(outcome.records("buyers")) == ROWS + 1, "the second pass sends what the first lacked"


@pytest.mark.parametrize("verify", ["warn", "fail"])
def test_data_that_never_rests_is_not_proven_and_the_bookmark_stays(
    moving: Sandbox, verify: str
) -> None:
    moving.order("buyers", "key")
    churn(moving, "buyers")
    config = connected(moving, page_size=SIZE, concurrency=1, verify=verify)
    state = {
        "bookmarks": {
            "buyers": {
                "replication_key": "last_modified_at",
                "replication_key_value": "2001-01-01T00:00:00.000000Z",
            }
        }
    }
    outcome = sync(config, "buyers", "listings", state=state)
    report = outcome.stream("buyers")
    assert (report["verdict"], report["passes"]) == ("not proven", 3)
    assert bookmark(outcome, "buyers") == "2001-01-01T00:00:00.000000Z"
    sentence = next(line for line in outcome.log if "not proven after 3 passes" in line)
    assert "Its bookmark stays where it was" in sentence
    assert "`params`" in sentence
    assert outcome.stream("listings")["status"] == "succeeded"
    assert (outcome.error is not None) == (verify == "fail")
    assert report["status"] == ("failed" if verify == "fail" else "succeeded")
    again = sync(config, "buyers", state=outcome.state)
    assert {row["id"] for row in moving.rows("buyers")} <= table("buyers", outcome, again).keys()


def test_with_verify_off_one_pass_is_read_and_the_bookmark_moves(moving: Sandbox) -> None:
    moving.order("buyers", "key")
    churn(moving, "buyers")
    config = connected(moving, page_size=SIZE, concurrency=1, verify="off")
    outcome = sync(config, "buyers")
    report = outcome.stream("buyers")
    assert (report["verdict"], report["passes"]) == ("not verified", 1)
    assert bookmark(outcome, "buyers") is not None
    assert outcome.error is None


def test_a_total_that_changed_between_requests_in_flight_is_told_with_what_is_missing(
    moving: Sandbox,
) -> None:
    """A row is added, then another deleted, while page 3 is answered before page 2."""
    moving.order("buyers", "key")
    before = {row["id"] for row in moving.rows("buyers")}
    moving.fault("hold", stream="buyers", page=2, until=3)
    moving.edit("buyers", page=3, insert=[None])
    moving.edit("buyers", page=2, delete=[0])
    moving.fault("hold", stream="buyers", page=4, until=3)
    # Growth in the second pass, with requests in flight, does not keep it from being proven.
    moving.edit("buyers", page=3, nth=2, insert=[None])
    outcome = sync(connected(moving, page_size=SIZE, concurrency=4), "buyers")
    report = outcome.stream("buyers")
    assert (report["verdict"], report["passes"]) == ("proven", 2)
    missing, changed = report["reasons"]
    assert f"{ROWS} were declared" in missing or f"{ROWS} rows were declared" in missing
    assert changed == "the declared total changed while pages were read"
    now = {row["id"] for row in moving.rows("buyers")}
    assert before & now <= table("buyers", outcome).keys()


def test_a_last_page_answered_too_early_is_asked_for_once_more(moving: Sandbox) -> None:
    stream = "analytics_marketplace_disbursements"
    moving.fault("omit", stream=stream, keys=["count", "next"])
    moving.fault("hold", stream=stream, page=3, until=4)
    outcome = sync(connected(moving, page_size=SIZE, concurrency=4), stream)
    report = outcome.stream(stream)
    assert (report["verdict"], report["passes"]) == ("proven", 2)
    first = [entry.page for entry in moving.requests if entry.stream == stream]
    assert first.count(4) == 3, "in each pass, and once more at the end of the first"


@pytest.mark.parametrize(
    ("stream", "declared", "passes"),
    [
        ("buyers", True, 1),
        ("buyers", False, 2),
        ("bank_transactions", True, 2),
        ("analytics_marketplace_disbursements", True, 2),
        ("analytics_marketplace_disbursements", False, 2),
    ],
)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_data_at_rest_is_proven_in_few_passes_and_sent_once(
    moving: Sandbox, stream: str, *, declared: bool, passes: int, concurrency: int
) -> None:
    if not declared:
        moving.fault("omit", stream=stream, keys=["count", "next"])
    config = connected(moving, STREAMS[stream][0], page_size=SIZE, concurrency=concurrency)
    outcome = sync(config, stream)
    report = outcome.stream(stream)
    assert (report["verdict"], report["passes"]) == ("proven", passes)
    assert len(outcome.records(stream)) == len(moving.rows(stream))


def test_a_single_page_is_one_moment(moving: Sandbox) -> None:
    for stream, (api, _) in STREAMS.items():
        report = sync(connected(moving, api, page_size=100), stream).stream(stream)
        assert (report["verdict"], report["passes"]) == ("proven", 1)
