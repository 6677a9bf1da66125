"""An API may take where to begin and where to go on in one and the same parameter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_api import SmallAPI, resource

SIZE = 10
ROWS = [{"id": number, "version": number * 7} for number in range(1, 36)]
CURSOR = {"type": "cursor", "cursor_path": "max", "cursor_param": "after"}


def answer(_: str, query: dict[str, str]) -> dict[str, Any]:
    """The ten records behind a version; what leads on is the last one's."""
    after = int(query.get("after", 0))
    page = [row for row in ROWS if row["version"] > after][:SIZE]
    return {"data": page, "max": page[-1]["version"] if page else None}


def read(paginator: dict[str, Any], state: dict[str, Any] | None = None, **parts: Any) -> Any:  # noqa: ANN401  # any part
    """Read the records, and return the outcome and the values of `after`."""
    since = {"cursor_path": "version", "start_param": "after", "initial_value": 1}
    entry = resource("items", paginator=paginator, incremental=since | parts)
    with SmallAPI(answer) as api:
        outcome = api.read(entry, state=state)
        return outcome, [query.get("after") for query in api.asked]


@pytest.mark.parametrize("held", [None, 70])
def test_the_cursor_goes_on_where_the_start_value_began(held: int | None) -> None:
    found_out = {"since_filter": "leaves its bound out"}
    bookmark = {"replication_key": "version", "replication_key_value": held, **found_out}
    outcome, asked = read(CURSOR, {"bookmarks": {"items": bookmark}} if held else None)
    assert outcome.stream("items")["verdict"] == "proven"
    wanted = [row["id"] for row in ROWS if row["version"] >= (held or 0)]
    assert [record["id"] for record in outcome.records("items")] == wanted
    assert str(held - 1 if held else 1) in asked
    assert outcome.state["bookmarks"]["items"]["replication_key_value"] == ROWS[-1]["version"]


def test_a_cursor_that_goes_back_wins_over_the_end() -> None:
    def newest_first(_: str, query: dict[str, str]) -> dict[str, Any]:
        before = int(query.get("before", 1000))
        page = [row for row in reversed(ROWS) if row["version"] < before][:SIZE]
        return {"data": page, "max": page[-1]["version"] if page else None}

    incremental = {"cursor_path": "version", "end_param": "before", "end_value": 200}
    entry = resource(
        "items", paginator=CURSOR | {"cursor_param": "before"}, incremental=incremental
    )
    with SmallAPI(newest_first) as api:
        outcome = api.read(entry)
    assert outcome.stream("items")["verdict"] == "proven"
    assert [record["id"] for record in outcome.records("items")] == [*range(28, 0, -1)]
