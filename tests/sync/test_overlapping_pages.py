"""Pages that begin with what the page before them ended with are proven by that."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Row = dict[str, int]

SIZE = 10
BEGIN = 1_700_000_000
SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "at": {"type": "integer"}, "n": {"type": "integer"}},
}


class Export:
    """Everything from a time on; a link that is always there has the time of the last record."""

    def __init__(self, *, ties: int = 3, whole_ties: bool = True) -> None:
        """35 records, as many with one time as there are ties."""
        self.rows = [{"id": row, "at": BEGIN + row // ties * 600, "n": 0} for row in range(35)]
        self.whole_ties = whole_ties
        """Whether a page holds all records of its last time, however many they are."""
        self.order: Callable[[Row], Any] = lambda row: (row["at"], row["id"])
        self.edit: Callable[[int], None] = lambda _: None
        self.requests = 0

    def change(self, place: int) -> None:
        """A record changes: it is the newest one now."""
        self.rows[place] |= {
            "at": max(row["at"] for row in self.rows) + 1,
            "n": self.rows[place]["n"] + 1,
        }

    def __call__(self, request: Request) -> Response:
        """The page that a request asks for, behind the edit that comes before it."""
        self.requests += 1
        self.edit(self.requests)
        since = int(request.query.get("since", 0))
        found = sorted((row for row in self.rows if row["at"] >= since), key=self.order)
        page = found[:SIZE]
        if self.whole_ties and page:
            page += [row for row in found[SIZE:] if row["at"] == page[-1]["at"]]
        link = f"/items?since={page[-1]['at']}" if page else None
        return Response({"data": page, "count": len(page), "next_page": link})


def read(export: Export, state: dict[str, Any] | None = None) -> Outcome:
    """Read `items`."""
    endpoint = {
        "path": "items",
        "data_selector": "data",
        "paginator": {"type": "json_link", "next_url_path": "next_page"},
        "incremental": {"cursor_path": "at", "start_param": "since"},
    }
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(export) as started:
        return run_tap(started, {"resources": [resource]}, state=state)


def sent(outcome: Outcome) -> dict[int, Row]:
    """The last copy of each record that was sent."""
    return {
        message["record"]["id"]: {name: message["record"][name] for name in ("id", "at", "n")}
        for message in outcome.of("RECORD")
    }


def test_a_list_at_rest_is_proven_by_the_second_pass_and_read_from_its_end_the_next_time() -> None:
    export = Export()
    first = read(export)
    part = first.stream("items")
    assert (part["verdict"], part["passes"], part["duplicates"]) == ("proven", 2, 11)
    assert sent(first) == {row["id"]: row for row in export.rows}
    export.change(4)
    second = read(export, first.state)
    assert second.stream("items")["verdict"] == "proven"
    assert set(sent(second)) == {4, 33, 34}


@pytest.mark.parametrize("ties", [12, 20])
def test_a_list_that_ends_within_records_of_one_time_is_not_proven(ties: int) -> None:
    """A full page of one time leads to itself: what else has this time is never on a page."""
    export = Export(whole_ties=False)
    for row in export.rows:
        row["at"] = BEGIN + (row["id"] + ties - 3) // ties * 600
    outcome = read(export)
    assert outcome.stream("items")["verdict"] == "not proven"
    assert len(sent(outcome)) < 35, "else nothing was to be found"


def test_pages_that_are_not_in_the_order_of_the_time_are_not_proven() -> None:
    export = Export(ties=1)
    export.order = lambda row: (row["at"] // 6000, -row["id"])
    outcome = read(export)
    assert outcome.stream("items")["verdict"] == "not proven"


def test_a_border_record_that_changed_before_it_came_again_proves_nothing() -> None:
    export = Export()

    def edit(request: int) -> None:
        if request % 3 == 2:
            for row in export.rows:
                row["n"] += 1

    export.edit = edit
    assert read(export).stream("items")["verdict"] == "not proven"


def test_a_list_that_is_changed_all_the_time_is_read_as_it_was_where_it_is_proven() -> None:
    """No record that stayed as it was from the first response to the last may be missing."""
    proven = 0
    for seed in range(30):
        chance = random.Random(seed)  # noqa: S311  # no secret
        export = Export(ties=chance.choice([1, 2, 3]), whole_ties=chance.random() < 0.5)
        before = [row.copy() for row in export.rows]

        def edit(request: int, export: Export = export, chance: random.Random = chance) -> None:
            del request
            for _ in range(chance.randint(0, 2)):
                if chance.random() < 0.7:
                    export.change(chance.randrange(len(export.rows)))
                elif len(export.rows) > 20:
                    del export.rows[chance.randrange(len(export.rows))]

        export.edit = edit
        outcome = read(export)
        if outcome.stream("items")["verdict"] != "proven":
            continue
        proven += 1
        came = sent(outcome)
        assert all(came.get(row["id"]) == row for row in before if row in export.rows), seed
    assert proven >= 5, "else nothing was looked at"
