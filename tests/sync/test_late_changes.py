"""A change that shows later than it says, or in the middle of a response, is not lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import by_token, connected, sync

if TYPE_CHECKING:
    from tests.support.harness import Outcome

PAGE = 20
BY_KEY = "analytics_marketplace_disbursements"


def config(api: Sandbox, **incremental: Any) -> dict[str, Any]:  # noqa: ANN401 -- any key of it
    entry = {
        "name": "items",
        "primary_key": "id",
        "schema": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "updated_at": {"type": ["string", "null"], "format": "date-time"},
                "quantity": {"type": ["integer", "null"]},
            },
        },
        "endpoint": {
            "path": "/shapes/django_rest",
            "data_selector": "results",
            "params": {"page_size": PAGE},
            "paginator": {"type": "json_link", "next_url_path": "next"},
            "incremental": incremental or None,
        },
    }
    return by_token(api, resources=[entry])


BY_TIME = {"cursor_path": "updated_at", "start_param": "updated_after"}


def keys(outcome: Outcome) -> set[str]:
    return {row["id"] for row in outcome.records("items")}


@pytest.mark.parametrize(("margin", "lost"), [(5, 0), (0, 1)])
def test_a_row_that_is_committed_late_is_found_by_the_next_run(margin: float, lost: int) -> None:
    """Without the margin the bookmark passes the time that the row bears before it shows."""
    with Sandbox(rows={"items": 10}, edge_cases=False) as api:
        settings = {**config(api, **BY_TIME), "clock_margin": margin}
        api.insert("items", None)
        time.sleep(1.1)  # a `Date` has whole seconds
        first = sync(settings, "items")
        (late,) = api.insert("items", None, late=2.6)
        second = sync(settings, "items", state=first.state)
        third = sync(settings, "items", state=second.state)
        sent = keys(first) | keys(second) | keys(third)
        assert {each.stream("items")["verdict"] for each in (first, second, third)} == {"proven"}
        assert len({late} - sent) == lost


@pytest.mark.parametrize("counts_in_silence", [False, True])
@pytest.mark.parametrize("rows", [PAGE, PAGE - 1, 9, 1])
def test_an_insert_between_count_and_page_loses_no_row(
    rows: int, *, counts_in_silence: bool
) -> None:
    """The page holds the new row instead of an old one, and its count says that it holds all.

    The page need not be full: Django ends it where the count does, though a link may be all that
    its response tells.
    """
    with Sandbox(rows={"items": rows}, edge_cases=False) as api:
        there = {str(row["id"]) for row in api.rows("items")}
        api.edit("items", page=1, between=True, insert=[0])
        settings = config(api)
        if counts_in_silence:
            endpoint = settings["resources"][0]["endpoint"]
            endpoint |= {"path": "/shapes/sign_link", "paginator": "header_link"}
            del endpoint["data_selector"]
        outcome = sync(settings, "items")
        part = outcome.stream("items")
        assert part["verdict"] == "proven"
        assert there <= keys(outcome)
        # The first shows nothing. The third finds all of the second, where that has several pages.
        assert part["passes"] == (3 if rows == PAGE else 2)
        assert "may be full" in part["reasons"][0]


@pytest.mark.parametrize(("rows", "page"), [(1, 1), (37, 1), (100, 1), (150, 2)])
def test_an_insert_between_count_and_window_loses_no_row(rows: int, page: int) -> None:
    """In the order by key the new row comes first, and the last one falls behind the count."""
    with Sandbox(rows={BY_KEY: rows}, edge_cases=False, orders={BY_KEY: "key"}) as api:
        there = {str(row["id"]) for row in api.rows(BY_KEY)}
        api.edit(BY_KEY, page=page, between=True, insert=[min(there)])
        config = connected(api, "marketplace", page_size=100, emit_activate_version_messages=True)
        outcome = sync(config, BY_KEY)
        report = outcome.stream(BY_KEY)
        assert (report["verdict"], report["read_by"]) == ("proven", "windows")
        assert there <= {row["id"] for row in outcome.records(BY_KEY)}


def test_a_single_page_of_old_rows_needs_no_other_request() -> None:
    with Sandbox(rows={"items": PAGE}, edge_cases=False) as api:
        outcome = sync(config(api, **BY_TIME), "items")
        assert outcome.stream("items")["verdict"] == "proven"
        assert len([entry for entry in api.requests if entry.stream == "items"]) == 1


def test_a_number_as_replication_key_stops_at_what_was_read_before_the_proving_pass() -> None:
    """A row that the pass missed and whose number is below another's is asked for again."""
    rows = 2 * PAGE - 1
    with Sandbox(rows={"items": rows}, edge_cases=False) as api:
        for place, row in enumerate(api.rows("items")):
            api.alter("items", str(row["id"]), fields={"quantity": place})
        # During the second pass, which proves: 100 goes where it was read already, 101 comes last.
        # (The last page is asked for twice in each pass.)
        api.fault("edit", stream="items", page=2, nth=3, insert=[0], fields={"quantity": 100})
        api.fault("edit", stream="items", page=2, nth=3, insert=[None], fields={"quantity": 101})
        settings = config(api, cursor_path="quantity")
        first = sync(settings, "items")
        assert first.stream("items")["verdict"] == "proven"
        held = first.state["bookmarks"]["items"]["replication_key_value"]
        assert held == rows - 1
        second = sync(settings, "items", state=first.state)
        assert {str(row["id"]) for row in api.rows("items")} == keys(first) | keys(second)


def test_a_key_that_is_gone_in_the_second_look_takes_the_proof_away() -> None:
    """What comes twice is counted once, but a record without its key is never overlooked."""
    with Sandbox(rows={BY_KEY: 30}, edge_cases=False, orders={BY_KEY: "key"}) as api:
        last = max(str(row["id"]) for row in api.rows(BY_KEY))
        api.fault("edit", stream=BY_KEY, page=1, nth=2, alter=[last], fields={"id": None})
        outcome = sync(connected(api, "marketplace", page_size=100), BY_KEY)
        report = outcome.stream(BY_KEY)
        assert report["without_key"] == 1
        assert report["verdict"] == "not proven"


@pytest.mark.parametrize("read_by", ["auto", "pages"])
def test_a_server_whose_clock_is_ahead_leaves_no_bookmark_in_the_future(read_by: str) -> None:
    with Sandbox(rows={"buyers": 30}, edge_cases=False) as api:
        api.advance(7200)
        (changed,) = api.touch("buyers", 7)
        api.advance(60)
        settings = connected(api, "marketplace", read_by=read_by)
        state = None
        for _ in range(2):
            outcome = sync(settings, "buyers", state=state)
            state = outcome.state
            assert outcome.stream("buyers")["verdict"] == "proven"
            assert changed in {row["id"] for row in outcome.records("buyers")}
