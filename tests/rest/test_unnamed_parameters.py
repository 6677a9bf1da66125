"""A parameter that nobody named may be a filter to the server: an empty page may be its doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Query = dict[str, str]

ROWS = [{"id": row} for row in range(25)]
SIZE = 10
CURSOR = {"type": "cursor", "cursor_path": "leads"}


class Server:
    """A list that goes on by a parameter of its own, and finds nothing by one that it lacks."""

    def __init__(self, *own: str, falsy: str | None = None, rows: int = len(ROWS)) -> None:
        """Know these parameters, and take none of this value for a filter."""
        self.own = own
        self.falsy = falsy
        self.rows = ROWS[:rows]
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        """A page."""
        self.asked.append(query)
        filters = {name for name, value in query.items() if value != self.falsy} - {
            *self.own,
            "max",
        }
        if filters:
            return {"data": []}
        begin = sum(int(query.get(name, 0)) for name in self.own)
        follows = begin + SIZE < len(self.rows)
        page = self.rows[begin : begin + SIZE]
        return {"data": page} | ({"leads": str(begin + SIZE)} if follows else {})


def read(answer: Callable[[Query], Any], paginator: Any, state: Any = None) -> Outcome:  # noqa: ANN401  # any JSON
    """Read a list into a table that it replaces."""
    return read_list(
        answer,
        endpoint={"paginator": paginator},
        write_disposition="replace",
        schema={"properties": {"id": {"type": "integer"}}},
        settings={"emit_activate_version_messages": True},
        state=state,
    )


def reason(outcome: Outcome) -> str:
    """Why a stream that was read is not proven; an empty text where it is."""
    part = outcome.stream("items")
    assert part["status"] == "succeeded"
    assert bool(outcome.of("ACTIVATE_VERSION")) is (part["verdict"] == "proven")
    return str(part["reasons"][-1]) if part["verdict"] == "not proven" else ""


def test_a_cursor_that_is_a_filter_leads_to_no_end() -> None:
    outcome = read(Server("from").answer, CURSOR)
    assert outcome.stream("items")["records"] == SIZE
    assert reason(outcome).startswith("`cursor` leads to an empty page")
    assert "`cursor_param`" in reason(outcome)


@pytest.mark.parametrize("total", [SIZE, len(ROWS)])
def test_a_total_tells_whether_all_came_without_a_trial(total: int) -> None:
    server = Server("from")
    outcome = read(lambda query: server.answer(query) | {"total": total}, CURSOR)
    assert (reason(outcome) == "") is (total == SIZE)
    assert all(query.keys() <= {"cursor"} for query in server.asked)


@pytest.mark.parametrize("unknown", ["ignored", "refused"])
def test_a_cursor_of_that_name_is_one_where_another_name_is_no_filter(unknown: str) -> None:
    """The list has one page only, and a cursor all the same: that is asked about once."""
    asked: list[Query] = []

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        asked.append(query)
        if unknown == "refused" and query and "cursor" not in query:
            return 400, {"error": "unknown parameter"}
        behind = "cursor" in query
        return {"data": [] if behind else ROWS[:SIZE]} | ({} if behind else {"leads": "c10"})

    assert reason(read(answer, CURSOR)) == ""
    assert len([query for query in asked if query and "cursor" not in query]) == 1


def test_a_cursor_that_somebody_named_or_that_has_led_on_is_not_tried() -> None:
    server = Server("cursor")
    outcome = read(server.answer, CURSOR)
    assert reason(outcome) == ""
    few = Server("cursor", rows=SIZE)

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        return few.answer(query) | ({} if query else {"leads": "10"})

    assert reason(read(answer, CURSOR, state=outcome.state)) == ""
    assert reason(read(answer, CURSOR | {"cursor_param": "cursor"})) == ""
    assert all(query.keys() <= {"cursor"} for query in server.asked + few.asked)


RANGES: list[dict[str, Any]] = [
    {"type": "page_number"},
    {"type": "page_number", "base_page": 1},
    {"type": "page_number", "limit": 10},
    {"type": "offset"},
    {"type": "offset", "offset_param": "from"},
    {"type": "offset", "limit_param": "max"},
]


@pytest.mark.parametrize("paginator", RANGES, ids=str)
def test_no_record_shows_no_empty_list_where_a_parameter_may_be_a_filter(
    paginator: dict[str, Any],
) -> None:
    """A target would delete every row."""
    outcome = read(Server("from").answer, paginator)
    assert outcome.stream("items")["records"] == 0
    assert "no record comes with `" in reason(outcome)
    names = {"page_param", "offset_param", "limit_param"} - paginator.keys()
    assert any(f"`{name}`" in reason(outcome) for name in names)
    assert not any(f"`{name}`" in reason(outcome) for name in paginator)


@pytest.mark.parametrize("paginator", RANGES, ids=str)
def test_an_empty_list_is_asked_about_with_one_request(paginator: dict[str, Any]) -> None:
    server = Server("page", "page_size", "offset", "limit", rows=0)
    assert reason(read(server.answer, paginator)) == ""
    named = {paginator.get("offset_param"), paginator.get("limit_param")} - {None}
    bare = [query for query in server.asked if query.keys() <= named]
    assert len(bare) == 1


def test_parameters_that_have_brought_records_are_no_filters() -> None:
    paginator = {"type": "offset"}

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        begin = int(query.get("offset", 0))
        return {"data": ROWS[begin : begin + int(query.get("limit", SIZE))]}

    outcome = read(answer, paginator)
    assert (reason(outcome), outcome.stream("items")["records"]) == ("", len(ROWS))
    empty = Server("offset", "limit", rows=0)
    assert reason(read(empty.answer, paginator, state=outcome.state)) == ""
    assert empty.asked == [{"offset": "0", "limit": "100"}]
    assert reason(read(empty.answer, {"type": "offset", "limit_param": "max"})) == ""
    assert empty.asked[-1] == {"max": "100"}, "what was shown holds for those names only"


@pytest.mark.parametrize(
    "paginator",
    [
        {"type": "page_number", "base_page": 0},
        {"type": "offset", "limit": SIZE, "limit_param": "max"},
    ],
    ids=str,
)
def test_a_filter_that_a_server_leaves_out_where_it_is_0_empties_the_second_page(
    paginator: dict[str, Any],
) -> None:
    """As PHP's `array_filter` does."""
    outcome = read(Server("from", falsy="0").answer, paginator)
    assert outcome.stream("items")["records"] == SIZE
    assert "leads to an empty page" in reason(outcome)


@pytest.mark.parametrize("rows", [SIZE - 1, SIZE])
def test_a_list_of_one_page_from_0_on_is_asked_about_where_it_is_full(rows: int) -> None:
    asked: list[Query] = []

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        asked.append(query)
        return {"data": ROWS[:rows] if query.get("page", "0") == "0" else []}

    outcome = read(answer, {"type": "page_number", "base_page": 0})
    assert (reason(outcome), outcome.stream("items")["records"]) == ("", rows)
    assert len([query for query in asked if "page" not in query]) == (rows == SIZE)


def test_a_full_page_is_not_asked_about_where_its_parameter_is_named() -> None:
    """As of an API whose pages are counted from 0 by a parameter that the user names."""
    asked: list[Query] = []

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        asked.append(query)
        return {"data": ROWS[:SIZE] if query["page"] == "0" else []}

    paginator = {"type": "page_number", "base_page": 0, "page_param": "page"}
    outcome = read(answer, paginator)
    assert (reason(outcome), outcome.stream("items")["records"]) == ("", SIZE)
    assert all("tap_analytics_trial" not in query for query in asked)
