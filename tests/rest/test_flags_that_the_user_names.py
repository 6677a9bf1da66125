"""What `has_more_path` names ends a reading as a usual name does, once it has shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SIZE = 10
CURSOR = {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "token"}
NUMBERS = {"type": "page_number", "base_page": 1}
FLAGS = [("moreResult", True, False), ("morePages", "Y", "N"), ("remaining", 5, 0)]


def read(paginator: dict[str, Any], flag: str, more: Any, end: Any, number: int = 25) -> Outcome:  # noqa: ANN401  # any JSON
    """Read a list whose cursor and whose link are there on its last page, too."""
    rows = [{"id": row} for row in range(number)]

    def answer(query: dict[str, str]) -> dict[str, Any]:
        begin = int(query.get("token", 0)) + SIZE * (int(query.get("page", 1)) - 1)
        behind = begin + SIZE
        told = {flag: more if behind < number else end}
        leads = {"nextPageToken": str(min(behind, number)), "next": f"/items?token={behind}"}
        return {"data": rows[begin:behind], **told, **leads}

    schema = {"properties": {"id": {"type": "integer"}}}
    endpoint = {"paginator": {**paginator, "has_more_path": flag}}
    return read_list(answer, endpoint=endpoint, schema=schema)


@pytest.mark.parametrize("number", [25, 20, 7, 0])
@pytest.mark.parametrize("paginator", [CURSOR, NUMBERS], ids=["cursor", "page_number"])
@pytest.mark.parametrize(("flag", "more", "end"), FLAGS)
def test_it_beats_a_cursor_and_an_address(
    flag: str, more: object, end: object, paginator: dict[str, Any], number: int
) -> None:
    part = read(paginator, flag, more, end, number).stream("items")
    assert (part["verdict"], part["records"], part["reasons"]) == ("proven", number, [])


@pytest.mark.parametrize("flag", ["moreResult", "truncated", "error"])
def test_a_member_that_has_never_said_anything_else_does_not_beside_a_full_page(flag: str) -> None:
    part = read(CURSOR, flag, more=False, end=False).stream("items")
    assert (part["verdict"], part["records"]) == ("not proven", SIZE)
    assert "`nextPageToken: a cursor`, so there is more" in part["reasons"][0]


def test_what_says_only_whether_a_query_was_cut_off_never_does() -> None:
    part = read(CURSOR, "truncated", more=False, end=False, number=7).stream("items")
    assert part["verdict"] == "not proven"


def test_a_total_above_what_was_read_is_not_beaten() -> None:
    rows = [{"id": row} for row in range(7)]
    body = {"data": rows, "total": 25, "moreResult": False}
    endpoint = {"paginator": {**CURSOR, "has_more_path": "moreResult"}}
    part = read_list(lambda _: body, endpoint=endpoint).stream("items")
    assert "`total: 25`" in part["reasons"][0]


def test_a_page_with_as_many_records_as_were_asked_for_is_full() -> None:
    """Whatever the number: where nothing tells whether more follows."""
    rows = [{"id": row} for row in range(13)]
    for size, verdict in ((13, "not proven"), (14, "proven")):
        endpoint = {"paginator": "auto", "params": {"per_page": size}}
        part = read_list(lambda _: {"data": rows}, endpoint=endpoint).stream("items")
        assert part["verdict"] == verdict
