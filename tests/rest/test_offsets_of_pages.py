"""An offset that is a page's number leaps over pages: the second offset has other records then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Query = dict[str, str]

SIZE = 10
OFFSETS: dict[str, Any] = {"type": "offset", "limit": SIZE}


class Server:
    """A list of which an offset leaves out so many records, or pages."""

    def __init__(self, rows: int, *, unit: int = 1, more: dict[str, Any] | None = None) -> None:
        """Hold so many records; `more` is what the last page says beside them."""
        self.rows: list[dict[str, Any]] = [{"id": row, "name": "x"} for row in range(rows)]
        self.unit = unit
        self.more = more or {}
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        """A page."""
        self.asked.append(query)
        begin = int(query.get("offset", 0)) * self.unit
        is_last = begin + SIZE >= len(self.rows)
        return {"data": self.rows[begin : begin + SIZE]} | (self.more if is_last else {})

    @property
    def tried(self) -> int:
        """How often the second offset was asked for."""
        return len([query for query in self.asked if query.get("offset") == "1"])


def read(answer: Callable[[Query], Any], paginator: Any = None, **entry: Any) -> Outcome:  # noqa: ANN401  # any JSON
    """Read a list into a table that it replaces."""
    return read_list(
        answer,
        endpoint={"paginator": OFFSETS | (paginator or {})},
        write_disposition="replace",
        schema={"properties": {"id": {"type": "integer"}}},
        settings={"emit_activate_version_messages": True},
        **entry,
    )


@pytest.mark.parametrize("more", [{}, {"has_more": False}], ids=str)
@pytest.mark.parametrize("rows", [25, 555])
@pytest.mark.parametrize("key", ["id", None])
def test_where_an_offset_counts_pages_nothing_is_proven(
    key: str | None, rows: int, more: dict[str, Any]
) -> None:
    server = Server(rows, unit=SIZE, more=more)
    paginator = {"has_more_path": "has_more"} if more else {}
    outcome = read(server.answer, paginator, primary_key=key)
    part = outcome.stream("items")
    assert (part["status"], part["verdict"]) == ("succeeded", "not proven")
    assert part["records"] < rows
    assert outcome.of("ACTIVATE_VERSION") == []
    advised = {"type": "page_number", "page_param": "offset", "base_page": 0, "limit": None}
    assert "`page_number` with `page_param: offset` and `base_page: 0`" in part["reasons"][-1]
    assert len(read(server.answer, advised).records("items")) == rows


@pytest.mark.parametrize("key", ["id", None])
def test_an_offset_of_records_is_tried_once(key: str | None) -> None:
    server = Server(25)
    outcome = read(server.answer, primary_key=key)
    assert outcome.stream("items")["verdict"] == "proven"
    assert server.tried == 1
    again = read(server.answer, primary_key=key, state=outcome.state)
    assert (again.stream("items")["verdict"], server.tried) == ("proven", 1)


@pytest.mark.parametrize(
    ("paginator", "rows", "more"),
    [
        ({"total_path": "total"}, 25, {"total": 25}),
        ({"has_more_path": "more"}, 7, {"more": False}),
        ({}, 0, {}),
    ],
    ids=["a total", "one page that says so", "no record"],
)
def test_it_is_not_tried_where_nothing_could_be_left_out(
    paginator: dict[str, Any], rows: int, more: dict[str, Any]
) -> None:
    server = Server(rows, more=more)
    if "total" in more:
        outcome = read(lambda query: server.answer(query) | more, paginator)
    else:
        outcome = read(server.answer, paginator)
    assert (outcome.stream("items")["verdict"], server.tried) == ("proven", 0)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_refuses_such_an_offset_shows_nothing(status: int) -> None:
    """Some want a multiple of the size. That is remembered, but not that it was out of order."""
    server = Server(25)

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        found = server.answer(query)
        return (status, {}) if query.get("offset") == "1" else found

    outcome = read(answer)
    assert (outcome.stream("items")["verdict"], server.tried) == ("proven", 1)
    read(answer, state=outcome.state)
    assert server.tried == (2 if status == 500 else 1)


def test_records_that_came_in_front_meanwhile_are_no_other_page() -> None:
    server = Server(25)

    def answer(query: Query) -> Any:  # noqa: ANN401  # of JSONServer
        if query.get("offset") == "1":
            server.rows[:0] = [{"id": row, "name": "new"} for row in range(100, 115)]
        return server.answer(query)

    assert read(answer).stream("items")["verdict"] == "proven"
