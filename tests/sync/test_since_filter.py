"""A since filter that takes a start value for a later time hides records: that is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.live_table import live_table
from tests.support.timed_items import timed_items

DAY = 24


@pytest.mark.parametrize("concurrency", [1, 4])
def test_keyset_reading_goes_on_where_the_response_before_ended(concurrency: int) -> None:
    with live_table(rows=250, concurrency=concurrency) as table:
        table.api.fault("since_zone", stream="buyers", hours=30 * DAY)
        run = table.run()
        assert run.report["read_by"] == "pages"
        assert run.said("a record does not come when it is asked for since its own time")
        assert run.report["verdict"] == "proven", "all that there is was asked for, by pages"
        assert table.lost() == set()


@pytest.mark.parametrize(
    ("read_by", "way"),
    # Keyset reading finds it out and gives up; what it had asked for to see it shows nothing.
    [("pages", "pages"), ("windows", "windows"), ("auto", "pages"), ("keyset", "pages")],
)
@pytest.mark.parametrize(("touched", "hours"), [(1, 5), (3, 5), (1, 900 * DAY), (3, 900 * DAY)])
def test_a_filter_that_hides_records_is_not_proven_and_the_bookmark_stays(
    read_by: str, way: str, touched: int, hours: float
) -> None:
    with live_table(rows=60, page_size=100, read_by=read_by) as table:
        table.run()
        began = table.runs[0].bookmark
        table.api.fault("since_zone", stream="buyers", hours=hours)
        table.api.touch("buyers", touched)
        run = table.run()
        assert (run.report["read_by"], run.report["verdict"]) == (way, "not proven")
        assert (
            "a record does not come when it is asked for since its own time"
            in run.report["reasons"][0]
        )
        assert run.bookmark == began
        table.api.clear()
        quiet = table.run_quietly()
        assert [each.report["verdict"] for each in quiet] == ["proven", "proven"]
        assert table.lost() == set()


def test_a_filter_that_leaves_its_bound_out_is_shown_once() -> None:
    with live_table(rows=60, read_by="pages") as table:
        table.api.fault("exclusive", stream="buyers")
        table.run()
        requests = []
        for _ in range(3):
            table.api.touch("buyers", 3)
            run = table.run()
            assert run.report["verdict"] == "proven"
            requests.append(len(run.requests))
        assert requests == [2, 1, 1]
        assert table.lost() == set()


def test_what_was_shown_of_a_filter_holds_for_that_parameter_only() -> None:
    with live_table(rows=60, read_by="pages") as table:
        table.api.fault("exclusive", stream="buyers")
        table.run()
        table.api.touch("buyers", 3)
        table.run()
        shown = (table.state or {})["bookmarks"]["buyers"]["since_filter"]
        (table.state or {})["bookmarks"]["buyers"]["since_filter"] = shown[:-1] + "x"
        table.api.touch("buyers", 3)
        assert len(table.run().requests) == 2, "it is asked once more"


@pytest.mark.parametrize("latest_only", [False, True])
def test_a_table_that_is_empty_by_now_has_nothing_to_leave_out(latest_only: bool) -> None:  # noqa: FBT001  # of pytest
    """Such as a queue; but not a list that gives nothing older where nobody asks since a time."""
    rows = [{"id": 1, "at": "2026-01-01T10:00:00Z"}]
    hidden: list[dict[str, object]] = []

    def respond(query: dict[str, str]) -> dict[str, object]:
        since = query.get("since")
        found = [row for row in hidden if since is not None and since < "2026-01-01"]
        return {"data": found + [row for row in rows if str(row["at"]) >= (since or "")]}

    endpoint = {
        "path": "/items",
        "data_selector": "data",
        "paginator": "single_page",
        "incremental": {"cursor_path": "at", "start_param": "since"},
    }
    fields = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
    schema = {"type": "object", "properties": fields}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [entry]}
        state = sync(config).state
        hidden += [{"id": 2, "at": "2026-01-01T11:00:00Z"}] * latest_only
        rows.clear()
        part = sync(config, state=state).stream("items")
    assert part["verdict"] == ("not proven" if latest_only else "proven")


NONE_FOUND = 404, {"errors": ["No items found corresponding to the provided filters"]}
EMPTY: dict[str, Any] = {"data": []}
PARTIAL = {"data": [], "partial": True}


@pytest.mark.parametrize(
    ("since_its_time", "of_all", "since_before", "verdict"),
    [
        (NONE_FOUND, NONE_FOUND, NONE_FOUND, "proven"),
        (NONE_FOUND, EMPTY, NONE_FOUND, "proven"),
        (NONE_FOUND, NONE_FOUND, {"data": [{"id": 1, "at": "2026-01-01T10:00:00Z"}]}, "not proven"),
        # It says that there is none by an empty list: a 404 says something else.
        (EMPTY, NONE_FOUND, NONE_FOUND, "not proven"),
        (EMPTY, EMPTY, NONE_FOUND, "not proven"),
        # Nor does another status say what the user's own words do of the first.
        (NONE_FOUND, NONE_FOUND, (400, {"errors": ["since lies too long ago"]}), "not proven"),
        # A response that holds records, and is ignored by a text in one of them.
        (EMPTY, {"data": [{"id": 1, "note": "no items"}]}, EMPTY, "not proven"),
        (EMPTY, EMPTY, {"data": [{"id": 1, "note": "no items"}]}, "not proven"),
        (EMPTY, PARTIAL, EMPTY, "not proven"),
    ],
)
def test_a_response_that_is_ignored_is_an_empty_list_where_empty_lists_are_ignored(
    since_its_time: Any,  # noqa: ANN401  # any response
    of_all: Any,  # noqa: ANN401
    since_before: Any,  # noqa: ANN401
    verdict: str,
) -> None:
    """All records are deleted: what is asked to see that is answered as empty lists are, or not."""
    rows = [{"id": 1, "at": "2026-01-01T10:00:00Z"}]

    def respond(query: dict[str, str]) -> Any:  # noqa: ANN401
        since = query.get("since")
        if rows:
            return {"data": rows}
        if since is None:
            return of_all
        return since_its_time if since >= "2026-01-01T09" else since_before

    ignored: list[dict[str, Any]] = [{"status_code": 404}, {"status_code": 400}]
    ignored.append({"status_code": 200, "content": "no items"})
    actions = [{**each, "action": "ignore"} for each in ignored]
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [timed_items(response_actions=actions)]}
        state = sync(config).state
        rows.clear()
        part = sync(config, state=state).stream("items")
    assert part["verdict"] == verdict


REFUSED = [(400, {"message": "missing query parameter q"}), {"error": "missing query parameter q"}]


@pytest.mark.parametrize("refusal", REFUSED, ids=["400", "200 with an error"])
@pytest.mark.parametrize("far", [False, True], ids=["without a start", "far back, too"])
@pytest.mark.parametrize(("left", "verdict"), [(2, "proven"), (0, "not proven")])
def test_a_server_that_refuses_to_be_asked_since_no_time_is_asked_since_the_start(
    refusal: Any,  # noqa: ANN401  # any response
    far: bool,  # noqa: FBT001  # of pytest
    left: int,
    verdict: str,
) -> None:
    """The newest records were deleted, and none came: others show the filter, if there are any."""
    rows = [{"id": day, "at": f"2026-01-0{day}T10:00:00Z"} for day in range(1, 5)]

    def respond(query: dict[str, str]) -> Any:  # noqa: ANN401
        since = query.get("since", "")
        if not since or (far and len(rows) < 1 and since < "2026-01-03"):
            return refusal
        return {"data": [row for row in rows if str(row["at"]) >= since]}

    since = {"initial_value": "2026-01-01T00:00:00Z"}
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [timed_items(incremental=since)]}
        first = sync(config)
        assert first.stream("items")["verdict"] == "proven"
        del rows[left:]
        outcome = sync(config, state=first.state)
    part = outcome.stream("items")
    assert (part["verdict"], part["error"], outcome.error) == (verdict, None, None)


def test_a_filter_that_leaves_out_is_found_where_the_server_wants_a_start() -> None:
    rows = [{"id": day, "at": f"2026-01-0{day}T10:00:00Z"} for day in range(1, 5)]
    late = timedelta()

    def respond(query: dict[str, str]) -> Any:  # noqa: ANN401
        if "since" not in query:
            return REFUSED[0]
        since = f"{datetime.fromisoformat(query['since']) + late:%FT%TZ}"
        return {"data": [row for row in rows if str(row["at"]) >= since]}

    since = {"initial_value": "2026-01-01T00:00:00Z"}
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [timed_items(incremental=since)]}
        state = sync(config).state
        late = timedelta(hours=5)
        rows.append({"id": 5, "at": "2026-01-04T12:00:00Z"})
        outcome = sync(config, state=state)
    part = outcome.stream("items")
    assert (part["verdict"], part["error"]) == ("not proven", None)


def test_what_is_listed_before_a_further_pass_shows_no_filter() -> None:
    """It is asked for since long before: a time of day or two are those of days, as it seems."""
    now = datetime.now(UTC).replace(microsecond=0)
    hours = [timedelta(hours=hour) for hour in (-3, -3, -1, -1)]
    rows: list[dict[str, Any]] = [
        {"id": row, "at": (now + hour).isoformat()} for row, hour in enumerate(hours)
    ]
    came, found_each_time = rows[:2], list[int]()

    def respond(query: dict[str, str]) -> dict[str, object]:
        since = datetime.fromisoformat(query.get("since", "2000-01-01T00:00:00Z"))
        # It takes the time for that of a zone five hours ahead, and counts two that are deleted.
        found = [
            row for row in came if datetime.fromisoformat(row["at"]) >= since + timedelta(hours=5)
        ]
        found_each_time.append(len(found))
        return {"total": len(found) + 2 * ("since" in query), "data": found}

    endpoint = {
        "path": "/items",
        "data_selector": "data",
        "paginator": {"type": "page_number", "base_page": 1, "records_total_path": "total"},
        "incremental": {"cursor_path": "at", "start_param": "since"},
    }
    fields = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
    schema = {"type": "object", "properties": fields}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [entry], "read_by": "pages"}
        state = sync(config).state
        came += rows[2:]
        found_each_time.clear()
        outcome = sync(config, state=state)
    assert outcome.stream("items")["verdict"] == "not proven", found_each_time
    bookmarks = [
        each["bookmarks"]["items"]["replication_key_value"] for each in (state, outcome.state)
    ]
    assert bookmarks[0] == bookmarks[1]
