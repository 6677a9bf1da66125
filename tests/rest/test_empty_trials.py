"""An empty page on trial shows nothing by itself: an API may take any parameter for a filter."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.server import Request, Response
from tests.support.json_server import read_list
from tests.support.sized_list import read as sized_read

if TYPE_CHECKING:
    from tests.support.harness import Outcome

    Answer = dict[str, Any]

ROWS = [{"id": row} for row in range(25)]
SIZE = 10


def read(answer: Any) -> Outcome:  # noqa: ANN401  # of JSONServer
    """Read a list whose paginator nobody names, into a table that it replaces."""
    return read_list(
        answer,
        endpoint={"paginator": "auto"},
        write_disposition="replace",
        schema={"properties": {"id": {"type": "integer"}}},
        settings={"emit_activate_version_messages": True},
    )


def not_proven(outcome: Outcome) -> bool:
    assert outcome.of("ACTIVATE_VERSION") == []
    return bool(outcome.stream("items")["verdict"] == "not proven")


def test_where_a_page_number_is_a_filter_that_finds_nothing_a_full_page_is_not_proven() -> None:
    def answer(query: dict[str, str]) -> Answer:
        begin = int(query.pop("skip", 0))
        return {"data": [] if query else ROWS[begin : begin + SIZE]}

    outcome = read(answer)
    assert not_proven(outcome)
    assert "the one page has 10 records" in outcome.stream("items")["reasons"][0]


def test_where_only_page_2_of_such_a_filter_has_records_they_are_no_page_2() -> None:
    def answer(query: dict[str, str]) -> Answer:
        found = ROWS[20:22] if query.get("page") == "2" else []
        return {"data": found if "page" in query else ROWS[:SIZE]}

    assert not_proven(read(answer))


@pytest.mark.parametrize("base", [0, 1])
def test_one_full_page_of_numbered_ones_is_proven(base: int) -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Answer:
        asked.append(query)
        return {"data": ROWS[:SIZE] if query.get("page", str(base)) == str(base) else []}

    outcome = read(answer)
    assert outcome.stream("items")["verdict"] == "proven"
    assert outcome.stream("items")["records"] == SIZE
    tried = ["2", "1", "0"] if base == 0 else ["2", "1"]
    assert asked[1 : 1 + len(tried)] == [{"page": page} for page in tried]


@pytest.mark.parametrize("flag", [{}, {"has_more": True}], ids=["alone", "with a flag"])
@pytest.mark.parametrize("name", ["next_cursor", "cursor"])
def test_a_cursor_leads_nowhere_where_every_parameter_is_a_filter(name: str, flag: Answer) -> None:
    def answer(query: dict[str, str]) -> Answer:
        begin = int(query.pop("start_key", 0))
        rows = [] if query else ROWS[begin : begin + SIZE]
        more = bool(rows) and begin + SIZE < len(ROWS)
        return {"data": rows} | ({name: str(begin + SIZE), **flag} if more else {name: None})

    assert not_proven(read(answer))


@pytest.mark.parametrize("unknown", ["ignored", "refused"])
def test_a_cursor_that_leads_to_an_empty_page_is_followed_where_no_other_does(
    unknown: str,
) -> None:
    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # of JSONServer
        if "after" in query:
            return {"data": [], "next_cursor": None}
        if query and unknown == "refused":
            return 400, {"error": "unknown parameter"}
        return {"data": ROWS[:SIZE], "next_cursor": "c10"}

    outcome = read(answer)
    part = outcome.stream("items")
    assert (part["verdict"], part["stop_reason"]) == ("proven", "no further cursor")


@pytest.mark.parametrize(("name", "param"), [("next_cursor", "after"), ("next_offset", "offset")])
def test_a_cursor_of_digits_is_no_page_number(name: str, param: str) -> None:
    """As a page's number it would leap behind the last page, or over some."""

    def answer(query: dict[str, str]) -> Answer:
        begin = int(query.get(param, 0)) + SIZE * (int(query.get("page", 1)) - 1)
        more = {name: str(begin + SIZE)} if begin + SIZE < len(ROWS) else {}
        return {"data": ROWS[begin : begin + SIZE], **more}

    outcome = read(answer)
    assert outcome.stream("items")["verdict"] == "proven"
    assert {record["id"] for record in outcome.records("items")} == set(range(25))


@pytest.mark.parametrize("lists", ["empty", "ignored"])
@pytest.mark.parametrize("end", [None, {"has_more": False}], ids=["no flag", "a flag"])
def test_a_cursor_of_an_empty_first_page_is_followed_to_records(
    lists: str, end: Answer | None
) -> None:
    """Servers that filter a page after they have cut it have such first pages."""
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Answer:
        asked.append(query)
        if "pageToken" in query:
            return {"data": ROWS[:SIZE]}
        first: Answer = {"data": []} if lists == "empty" else {"kind": "nothing"}
        return {**first, "nextPageToken": "t2", **(end or {})}

    actions = [{"content": "nothing", "action": "ignore"}]
    endpoint = {"paginator": "auto", "response_actions": actions}
    schema = {"properties": {"id": {"type": "integer"}}}
    part = read_list(answer, endpoint=endpoint, schema=schema).stream("items")
    assert part["records"] == (0 if end else SIZE)
    assert (len(asked) == 1) == bool(end)


@pytest.mark.parametrize("has_bookmark", [False, True])
def test_one_that_leads_nowhere_is_no_end_before_records_have_come(
    has_bookmark: bool,  # noqa: FBT001  # of pytest
) -> None:
    """It may be there to ask again later; but then something else has to show that all came."""
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Answer:
        asked.append(query)
        return {"data": [], "nextPageToken": "later"}

    if not has_bookmark:
        outcome = read(answer)
        assert not_proven(outcome)
        assert "`nextPageToken: a cursor`" in outcome.stream("items")["reasons"][0]
        assert len([query for query in asked if query]) == 6
        return
    changes = {"cursor_path": "at", "start_param": "since"}
    schema = {
        "properties": {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
    }
    mark = {"replication_key": "at", "replication_key_value": "2026-01-01T00:00:00.000000Z"}
    part = read_list(
        answer,
        endpoint={"paginator": "auto", "incremental": changes},
        schema=schema,
        state={"bookmarks": {"items": mark}},
    ).stream("items")
    assert (part["verdict"], part["records"]) == ("proven", 0)


@pytest.mark.parametrize("write", ["merge", "replace"])
@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("next_cursor", "cursor"),
        ("next_cursor", "after"),
        ("nextPageToken", "pageToken"),
        ("nextToken", "nextToken"),
        ("next_page_token", "page_token"),
        ("next_offset", "offset"),
        ("LastEvaluatedKey", "lastEvaluatedKey"),
    ],
)
@pytest.mark.parametrize("unknown", ["ignored", "refused", "filters"])
@pytest.mark.parametrize("digits", [True, False])
def test_a_cursor_that_moves_on_over_empty_pages_is_followed(
    name: str,
    param: str,
    unknown: str,
    digits: bool,  # noqa: FBT001  # of pytest
    write: str,
) -> None:
    """The first pages of a list are empty where a server filters what it has cut."""

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # of JSONServer
        token = query.pop(param, "100").removeprefix("t")
        if query and unknown == "refused":
            return 400, {"error": "unknown parameter"}
        if query and unknown == "filters":
            return {"data": []}
        place = int(token) - 100
        more = f"{'' if digits else 't'}{place + 101}" if place < 5 else None
        return {"data": ROWS[place : place + 1] if place > 2 else [], name: more}

    outcome = read_list(
        answer,
        endpoint={"paginator": "auto"},
        write_disposition=write,
        schema={"properties": {"id": {"type": "integer"}}},
        settings={"emit_activate_version_messages": True},
    )
    part = outcome.stream("items")
    if param == "offset":
        # As offsets such digits would leap over records.
        assert part["records"] == 3 or not_proven(outcome)
    else:
        assert part["records"] == 3


def test_a_cursor_that_is_another_in_each_response_shows_nothing() -> None:
    ticks = count()

    def answer(_: dict[str, str]) -> Answer:
        return {"data": [], "next_cursor": f"t{next(ticks)}"}

    assert not_proven(read(answer))
    assert next(ticks) < 20


def test_one_whose_every_parameter_empties_the_page_of_its_cursor_shows_no_end() -> None:
    """Each may be a filter, and the cursor's own parameter another one."""

    def answer(query: dict[str, str]) -> Answer:
        return {"data": []} if query else {"data": [], "next_cursor": "c10"}

    assert not_proven(read(answer))


def test_one_that_leads_to_an_empty_page_without_a_cursor_shows_the_end() -> None:
    def answer(query: dict[str, str]) -> Answer:
        return {"data": [], "next_cursor": None if "cursor" in query else "c10"}

    outcome = read(answer)
    assert outcome.stream("items")["verdict"] == "proven"
    assert outcome.of("ACTIVATE_VERSION")


@pytest.mark.parametrize("place", ["next", "Link", "flag"])
@pytest.mark.parametrize("hole", [1, 4])
def test_what_leads_on_from_an_empty_first_page_is_followed(place: str, hole: int) -> None:
    def respond(request: Request) -> Response:
        at = int(request.query.get("cursor", 0))
        body: Answer = {"data": ROWS[3 * at : 3 * at + 3] if at >= hole else []}
        more = at < hole + 2
        if place == "flag":
            body |= {"has_more": more, "cursor": f"{at + 1}"}
        elif more and place == "next":
            body["next"] = f"/items?cursor={at + 1}"
        link = f'</items?cursor={at + 1}>; rel="next"'
        return Response(body, headers={"Link": link} if more and place == "Link" else {})

    part = sized_read(respond, {"paginator": "auto"})
    assert part["records"] == 9


@pytest.mark.parametrize("end", [{"has_more": False}, {"end_of_stream": True}], ids=str)
def test_a_link_of_an_empty_page_that_says_the_end_is_where_to_ask_later(end: Answer) -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> Answer:
        asked.append(query)
        return {"data": [], "next_page": "/items?start_time=5", **end}

    assert read(answer).stream("items")["verdict"] == "proven"
    assert len(asked) == 1
