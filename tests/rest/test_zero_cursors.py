"""The text "0" is a cursor, as it is to a paginator of type `cursor`; the number 0 is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.compatibility.server import Request, Response
from tests.support.sized_list import ROWS, read

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 7
PAGES = 4


def list_by(name: str, param: str, *, in_header: bool = False) -> Callable[[Request], Response]:
    """A list whose second page is asked for with 0."""

    def respond(request: Request) -> Response:
        page = int(request.query.get(param, -1)) + 1
        cursor = str(page) if page + 1 < PAGES else None
        body = {"data": ROWS[page * SIZE : (page + 1) * SIZE]}
        headers = {name: cursor} if in_header and cursor else {}
        return Response(body if in_header else body | {name: cursor}, headers=headers)

    return respond


@pytest.mark.parametrize("paginator", ["auto", "named"])
@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("next_cursor", "cursor"),
        ("nextPageToken", "pageToken"),
        ("next_token", "next_token"),
        ("nextMarker", "marker"),
    ],
)
def test_the_text_0_leads_on(name: str, param: str, paginator: str) -> None:
    named = {"type": "cursor", "cursor_path": name, "cursor_param": param}
    part = read(list_by(name, param), {"paginator": named if paginator == "named" else "auto"})
    assert (part["verdict"], part["records"]) == ("proven", SIZE * PAGES), part["reasons"]


def test_it_does_so_in_a_header() -> None:
    part = read(list_by("X-Next-Cursor", "cursor", in_header=True), {"paginator": "auto"})
    assert (part["verdict"], part["records"]) == ("proven", SIZE * PAGES), part["reasons"]


@pytest.mark.parametrize("paginator", ["auto", "single_page", "header_link"])
def test_one_that_nothing_follows_is_a_sign_of_more(paginator: str) -> None:
    part = read(
        lambda _: Response({"data": ROWS[:SIZE], "next_cursor": "0"}), {"paginator": paginator}
    )
    assert part["verdict"] == "not proven"


@pytest.mark.parametrize(
    "told",
    [
        {"next_cursor": 0},
        {"next_page": "0"},
        {"next_offset": "0"},
        {"cursor": "0"},
        {"offset": "0"},
    ],
    ids=str,
)
def test_what_else_is_0_is_no_cursor(told: dict[str, object]) -> None:
    part = read(lambda _: Response({"data": ROWS[:SIZE], **told}), {"paginator": "auto"})
    assert part["verdict"] == "proven"
