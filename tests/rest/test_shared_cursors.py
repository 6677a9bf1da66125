"""A cursor that is a field of the last record may leave out others that share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

SIZE = 10
ROWS = [
    {"id": row, "at": {"changed": f"2026-01-01T00:00:{row // 4:02d}Z"}, "level": 2 + row // SIZE}
    for row in range(25)
]
SINGLE = [row | {"at": {"changed": f"2026-01-01T00:00:{row['id']:02d}Z"}} for row in ROWS]
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
CURSOR = {"type": "cursor", "cursor_path": "data[-1].at.changed", "cursor_param": "after"}
NAMED = CURSOR | {"cursor_path": "leads"}
LINK = {"type": "json_link", "next_url_path": "leads_to"}


def server(
    rows: list[dict[str, Any]], *, inclusive: bool = False, total: bool = False
) -> Callable[[Request], Response]:
    """What goes on behind a time, or from it on."""

    def respond(request: Request) -> Response:
        after = request.query.get("after", "")
        changed = [(row["at"]["changed"], row) for row in rows]
        found = [row for at, row in changed if at > after or (inclusive and at == after)][:SIZE]
        leads = found[-1]["at"]["changed"] if len(found) == SIZE else None
        return Response(
            {"data": found, "leads": leads, "leads_to": leads and f"/items?after={leads}"}
            | ({"total_count": len(rows)} if total else {})
        )

    return respond


def by_page(request: Request) -> Response:
    """Pages whose number is, by chance, the level of the last record before them."""
    number = int(request.query.get("after", 1))
    end = number * SIZE
    return Response({"data": ROWS[end - SIZE : end], "leads": number + 1 if end < 25 else None})


def read(
    respond: Callable[[Request], Response],
    paginator: dict[str, Any],
    **entry: Any,  # noqa: ANN401  # any key of an entry
) -> Outcome:
    """Read `items` in full."""
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as started:
        config = {"resources": [resource | {"write_disposition": "replace"} | entry]}
        return run_tap(started, config, concurrency=1)


@pytest.mark.parametrize("paginator", [CURSOR, NAMED, LINK], ids=["field", "cursor", "link"])
def test_records_that_share_the_cursor_may_be_left_out(paginator: dict[str, Any]) -> None:
    outcome = read(server(ROWS), paginator)
    part = outcome.stream("items")
    assert (part["records"], part["verdict"]) == (21, "not proven"), "four share a border's time"
    assert "behind the `at.changed` of the last record before it" in part["reasons"][-1]
    assert not outcome.of("ACTIVATE_VERSION"), "a target would delete what was not read"


@pytest.mark.parametrize(
    ("respond", "paginator", "entry"),
    [
        (server(SINGLE), CURSOR, {}),
        (server(ROWS, inclusive=True), CURSOR, {}),
        (server(ROWS[2:14], total=True), CURSOR, {}),
        (server(ROWS[2:14]), CURSOR, {"ignore_signs": ["AT.changed"]}),
        (by_page, NAMED, {}),
    ],
    ids=["none shares it", "from it on", "a total is reached", "ignored", "a page's number"],
)
def test_no_doubt_is_cast_on_a_cursor_that_leaves_out_nothing(
    respond: Callable[[Request], Response], paginator: dict[str, Any], entry: dict[str, Any]
) -> None:
    part = read(respond, paginator, **entry).stream("items")
    assert not any("last record before it" in reason for reason in part["reasons"])
    assert part["verdict"] == "proven"
