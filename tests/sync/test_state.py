"""When a bookmark moves, how far, and what is asked for and sent on from there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import StreamError
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.sync_window import SyncWindow
from tap_analytics.tap import TapAnalytics
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync
from tests.support.pipe import SDKTap

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.support.harness import Outcome

KEYS = {"buyers": "last_modified_at", "contacts": "UpdatedDateUTC"}


def state(value: object, stream: str = "buyers") -> dict[str, Any]:
    part = {"replication_key": KEYS[stream], "replication_key_value": value}
    return {"bookmarks": {stream: part}}


def value(outcome: Outcome, stream: str = "buyers") -> str | None:
    held: str | None = (
        outcome.state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
    )
    return held


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_bookmark_is_the_newest_value_that_was_read(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox), "buyers")
    values = [row["last_modified_at"] for row in outcome.records("buyers")]
    assert value(outcome) == max(filter(None, values))
    assert outcome.stream("buyers")["bookmark"] == value(outcome)


def test_the_state_goes_out_behind_the_records_it_speaks_of(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, page_size=20), "buyers")
    told = [
        number
        for number, message in enumerate(outcome.messages)
        if message["type"] == "STATE" and "replication_key_value" in json.dumps(message)
    ]
    last = max(n for n, message in enumerate(outcome.messages) if message["type"] == "RECORD")
    assert told
    assert min(told) > last


def test_a_row_from_the_future_goes_out_and_does_not_move_the_bookmark_past_the_start(
    sandbox: Sandbox,
) -> None:
    future = datetime.now(UTC) + timedelta(days=400)
    (key,) = sandbox.touch("buyers", 7, at=future.isoformat())
    began = datetime.now(UTC)
    outcome = sync(connected(sandbox), "buyers")
    sent = {row["id"]: row["last_modified_at"] for row in outcome.records("buyers")}
    assert instant(sent[str(key)]).year == future.year
    held = value(outcome)
    assert held is not None
    assert instant(held) <= began
    assert held in sent.values()


def test_rows_without_a_readable_time_are_sent_and_hold_nothing_back(sandbox: Sandbox) -> None:
    keys = [
        *sandbox.touch("buyers", 3, last_modified_at=None),
        *sandbox.touch("buyers", 4, last_modified_at="the day before yesterday"),
    ]
    sandbox.fault("ignore_since", stream="buyers")
    first = sync(connected(sandbox), "buyers")
    part = first.stream("buyers")
    missing = [row for row in sandbox.rows("buyers") if not row.get("last_modified_at")]
    assert part["without_replication_value"] == len(missing) + 1
    assert part["nulls"]["last_modified_at"] >= 1
    assert value(first) is not None
    again = sync(connected(sandbox), "buyers", state=first.state)
    assert set(keys) <= {row["id"] for row in again.records("buyers")}


def test_a_stream_whose_rows_have_no_times_keeps_its_bookmark(sandbox: Sandbox) -> None:
    for place in range(len(sandbox.rows("listings"))):
        sandbox.touch("listings", place, last_modified_at=None)
    sandbox.fault("ignore_since", stream="listings")
    outcome = sync(connected(sandbox), "listings")
    assert "replication_key_value" not in outcome.state.get("bookmarks", {}).get("listings", {})
    assert outcome.stream("listings")["bookmark"] is None


def test_lookback_asks_for_more_and_does_not_move_the_bookmark_back(sandbox: Sandbox) -> None:
    held = value(sync(connected(sandbox), "buyers"))
    assert held is not None
    outcome = sync(connected(sandbox, lookback=86_400), "buyers", state=state(held))
    asked = sandbox.requests[-1].query["last_modified_at_after"]
    assert instant(held) - instant(asked) == timedelta(days=1)
    assert value(outcome) == held
    assert all(row["last_modified_at"] >= asked for row in outcome.records("buyers"))


def test_a_backfill_sends_its_span_only_and_leaves_the_bookmark_alone(sandbox: Sandbox) -> None:
    times = sorted(filter(None, (row["last_modified_at"] for row in rows(sandbox))))
    start, end, held = times[60], times[120], times[200]
    config = connected(sandbox, start_date=start, end_date=end)
    outcome = sync(config, "buyers", state=state(held))
    sent = [row["last_modified_at"] for row in outcome.records("buyers")]
    assert None not in sent[:1]
    assert all(start <= moment < end for moment in sent if moment)
    assert {moment for moment in times if start <= moment < end} <= set(sent)
    assert value(outcome) == held
    assert value(sync(config, "buyers")) is None


def test_an_end_date_alone_reads_from_the_bookmark(sandbox: Sandbox) -> None:
    times = sorted(filter(None, (row["last_modified_at"] for row in rows(sandbox))))
    held, end = times[60], times[120]
    outcome = sync(connected(sandbox, end_date=end), "buyers", state=state(held))
    sent = [row["last_modified_at"] for row in outcome.records("buyers")]
    assert sent
    assert all(held <= moment < end for moment in sent)
    assert value(outcome) == held


def rows(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The buyers as the tap sends them."""
    return sync(connected(sandbox), "buyers").records("buyers")


@pytest.mark.parametrize(
    "spelled",
    ["2024-03-01T12:00:00.5Z", "2024-03-01T06:00:00.500-06:00", "2024-03-01T12:00:00.500000+00:00"],
)
def test_a_bookmark_is_read_as_the_instant_it_names(sandbox: Sandbox, spelled: str) -> None:
    sync(connected(sandbox), "buyers", state=state(spelled))
    asked = next(each.query for each in sandbox.requests if each.stream == "buyers")
    assert asked["last_modified_at_after"] == "2024-03-01T12:00:00.500000Z"


def test_values_are_compared_as_instants() -> None:
    """As text, `…:00Z` would sort behind `…:00.5Z`, and an offset would mislead."""
    part = {"replication_key": "at", "replication_key_value": "2024-03-01T12:00:00Z"}
    bookmark = Bookmark(part, "at", SyncWindow(), instants=True)
    assert bookmark.includes("2024-03-01T12:00:00.500000Z")
    bookmark.observe("2024-03-01T12:00:00.500000Z")
    bookmark.observe("2024-03-01T12:00:00.000000Z")
    assert bookmark.next_value == "2024-03-01T12:00:00.500000Z"
    offset = part | {"replication_key_value": "2024-03-01T06:00:00-06:00"}
    assert (
        Bookmark(offset, "at", SyncWindow(), instants=True).since == "2024-03-01T12:00:00.000000Z"
    )


def test_numbers_are_compared_as_numbers() -> None:
    part = {"replication_key": "version", "replication_key_value": 9}
    bookmark = Bookmark(part, "version", SyncWindow(), instants=False)
    assert bookmark.includes(10)
    assert not bookmark.includes(8)
    bookmark.observe(10)
    assert bookmark.next_value == 10


def test_a_bookmark_of_another_replication_key_is_not_used(sandbox: Sandbox) -> None:
    other = {"replication_key": "created_at", "replication_key_value": "2099-01-01T00:00:00Z"}
    outcome = sync(connected(sandbox), "buyers", state={"bookmarks": {"buyers": other}})
    assert len(outcome.records("buyers")) == len(sandbox.rows("buyers"))


def test_a_bookmark_that_is_not_used_is_said_once(sandbox: Sandbox) -> None:
    """A state of another configuration: everything is read, and nobody would know why."""
    other = {"replication_key": "changed", "replication_key_value": "2026-01-01T00:00:00Z"}
    held = {"bookmarks": {"buyers": other, "purchasers": other, "listings": {}}}
    first = sync(connected(sandbox), "buyers", state=held)
    (of_field,) = [line for line in first.log if "the bookmark in the state is of" in line]
    assert "`changed`, and the stream goes by `last_modified_at`: it is not used" in of_field
    (unknown,) = [line for line in first.log if "The state has the stream" in line]
    assert "`purchasers`, which the tap does not have" in unknown
    again = sync(connected(sandbox), "buyers", state=first.state)
    assert not any("The state has the stream" in line for line in again.log)
    assert not any("the bookmark in the state" in line for line in again.log)


def test_a_bookmark_that_is_no_time_is_a_sentence(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox), "buyers", "listings", state=state("yesterday"))
    error = outcome.stream("buyers")["error"]
    assert "'yesterday' is no date-time" in error
    assert "correct it in the state" in error
    assert outcome.stream("listings")["status"] == "succeeded"
    with pytest.raises(StreamError):
        Bookmark(state("x")["bookmarks"]["buyers"], "last_modified_at", SyncWindow(), instants=True)


def test_if_modified_since_is_rounded_down_to_whole_seconds(sandbox: Sandbox) -> None:
    held = "2024-03-01T12:00:00.999000Z"
    outcome = sync(connected(sandbox, "accounting"), "contacts", state=state(held, "contacts"))
    first = next(each.headers for each in sandbox.requests if each.stream == "contacts")
    assert first["if-modified-since"] == "2024-03-01T12:00:00"
    assert all(row["UpdatedDateUTC"] >= held for row in outcome.records("contacts"))


def test_start_date_is_used_where_there_is_no_bookmark(sandbox: Sandbox) -> None:
    times = sorted(filter(None, (row["last_modified_at"] for row in rows(sandbox))))
    config = connected(sandbox, start_date=times[100])
    assert len(sync(config, "buyers").records("buyers")) < len(sandbox.rows("buyers"))
    assert sandbox.requests[-1].query["last_modified_at_after"] == times[100]
    sync(config, "buyers", state=state(times[200]))
    assert sandbox.requests[-1].query["last_modified_at_after"] == times[200]


def test_a_bookmark_in_the_future_is_a_sentence(sandbox: Sandbox) -> None:
    """Until its time comes, nothing would be read, and all of it proven."""
    held = "2099-01-01T00:00:00.000000Z"
    outcome = sync(connected(sandbox), "buyers", "listings", state=state(held))
    assert outcome.error is not None
    assert f"the bookmark {held} lies in the future" in outcome.stream("buyers")["error"]
    assert outcome.stream("listings")["status"] == "succeeded"
    assert value(outcome) == held


# The last message ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tap_class", [TapAnalytics, SDKTap])
def test_a_state_is_the_last_message_of_every_run_and_stands_there_once(
    sandbox: Sandbox, tap_class: type[TapAnalytics]
) -> None:
    config = connected(sandbox)
    first = sync(config, "buyers", "contracts", tap_class=tap_class)
    held = first.state
    for _ in range(3):
        again = sync(config, "buyers", "contracts", state=held, tap_class=tap_class)
        assert again.messages[-1]["type"] == "STATE"
        assert again.messages[-2]["type"] != "STATE"
        assert again.state == held, "nothing is new"
    assert first.messages[-1]["type"] == "STATE"
    assert first.messages[-2]["type"] != "STATE"


def test_a_failed_run_ends_with_a_state_as_well(sandbox: Sandbox) -> None:
    held = sync(connected(sandbox), "buyers").state
    for wrong in ({"client_secret": "no"}, {"report_path": "/nowhere/report.json"}):
        outcome = sync(connected(sandbox) | wrong, "buyers", state=held)
        assert outcome.error is not None
        assert outcome.messages[-1]["type"] == "STATE"
        assert outcome.state == held


def test_the_state_holds_the_bookmarks_of_unselected_streams(sandbox: Sandbox) -> None:
    held = sync(connected(sandbox), "buyers", "listings").state
    held["bookmarks"]["of_another_day"] = {"replication_key_value": 1}
    after = sync(connected(sandbox), "buyers", state=held)
    last = after.messages[-1]
    assert last["type"] == "STATE"
    # That there is no such stream any more was said.
    assert len(last["value"].pop("told")) == 1
    assert last["value"] == held
