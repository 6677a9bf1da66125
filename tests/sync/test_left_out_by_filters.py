"""Where no record came at all, an order or a start value may be what has left them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

    Query = dict[str, str]

START = "2026-01-01T00:00:00Z"
PAGES = {"page_param": "page", "limit_param": "size", "limit": 10, "base_page": 1}
SCHEMA: dict[str, Any] = {
    "properties": {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
}


class Server:
    """A list that knows some parameters, and finds nothing by any other."""

    def __init__(self, *known: str, times: tuple[Any, ...] = ("2026-01-05T00:00:00Z",)) -> None:
        """Hold a record of each time."""
        self.known = {"page", "size", *known}
        self.rows = [{"id": row, "at": time} for row, time in enumerate(times)]
        self.asked: list[Query] = []

    def answer(self, query: Query) -> dict[str, Any]:
        """The one page."""
        self.asked.append(query)
        if query.keys() - self.known or query["page"] != "1":
            return {"data": []}
        since, until = query.get("since", ""), query.get("until", "9")
        rows = [row for row in self.rows if since <= str(row["at"]) < until]
        return {"data": sorted(rows, key=lambda row: row["id"])}


def read(server: Server, schema: Any = SCHEMA, state: Any = None, **incremental: Any) -> Outcome:  # noqa: ANN401  # any JSON
    """Read it from a time on."""
    return read_list(
        server.answer,
        endpoint={
            "paginator": {"type": "page_number", **PAGES},
            "incremental": {"cursor_path": "at", "start_param": "since", **incremental},
        },
        schema=schema,
        state=state,
    )


def reason(outcome: Outcome) -> str:
    """Why it is not proven that there is no record."""
    part = outcome.stream("items")
    assert (part["error"], part["records"]) == (None, 0)
    return str(part["reasons"][-1]) if part["verdict"] == "not proven" else ""


@pytest.mark.parametrize("initial", [{"initial_value": START}, {}], ids=["since", "all"])
def test_an_order_that_is_a_filter_leaves_no_empty_list(initial: dict[str, str]) -> None:
    server = Server("since")
    found = reason(read(server, order_param="sort", order_value="at", **initial))
    assert found.startswith("no record comes with `sort`, and some come without")
    assert "`order_param` names what it has" in found


def test_a_start_value_that_is_a_filter_leaves_no_empty_list() -> None:
    found = reason(read(Server(), initial_value=START))
    assert found.startswith(f"no record comes when it is asked for since `{START}` by `since`")
    assert "one of `2026-01-05T00:00:00Z` is there" in found


def test_an_end_that_is_a_filter_leaves_no_empty_list() -> None:
    given = {"end_param": "before", "end_value": "2026-02-01T00:00:00Z"}
    found = reason(read(Server("since"), initial_value=START, **given))
    assert "by `before`, `since`, and one of" in found
    assert reason(read(Server("since", "before"), initial_value="2026-01-09T00:00:00Z")) == ""


def test_a_number_that_is_a_filter_leaves_no_empty_list() -> None:
    schema = {"properties": {"id": {"type": "integer"}, "at": {"type": "integer"}}}
    assert "one of `7` is there" in reason(read(Server(times=(7,)), schema, initial_value=3))
    assert reason(read(Server(times=(3,)), schema, initial_value=3)) == ""


@pytest.mark.parametrize("time", ["2025-12-31T00:00:00Z", None, "soon", "2026-01-01T00:00:00Z"])
def test_a_record_that_may_be_of_another_time_shows_nothing(time: str | None) -> None:
    """A filter may leave out its own bound."""
    server = Server(times=(time,))
    assert reason(read(server, initial_value=START)) == ""


def test_a_record_that_came_right_after_the_first_request_shows_nothing() -> None:
    server = Server("since", times=())
    plain = server.answer

    def answer(query: Query) -> dict[str, Any]:
        if "since" not in query and server.asked and not server.rows:
            server.rows = [{"id": 1, "at": "2026-01-05T00:00:00Z"}]
        return plain(query)

    server.answer = answer  # type: ignore[method-assign]
    outcome = read(server, initial_value=START, start_format="%Y-%m-%dT%H:%M:%SZ")
    assert reason(outcome) == ""
    assert server.rows


def test_from_a_bookmark_on_an_empty_page_is_not_asked_about_here() -> None:
    server = Server("since")
    outcome = read(server, initial_value=START)
    assert outcome.stream("items")["verdict"] == "proven"
    server.asked.clear()
    server.rows = []
    read(server, initial_value=START, state=outcome.state)
    assert len(server.asked) <= 4
