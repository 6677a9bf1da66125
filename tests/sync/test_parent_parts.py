"""Each parent of a child stream has its own bookmark, also where two are asked for alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.small_api import SmallAPI, child, resource

if TYPE_CHECKING:
    from tests.support.harness import Outcome

KIDS: list[dict[str, Any]] = [
    {"id": number, "u": f"2024-01-0{number}T00:00:00Z"} for number in range(1, 6)
]
BY_REGION = "/regions/{it}/kids"
INCREMENTAL = {"cursor_path": "u", "start_param": "since"}


def source(parents: list[dict[str, Any]], kids: list[dict[str, Any]]) -> Any:  # noqa: ANN401  # a context manager
    """Parents, and the same children for all of them, from a time on."""

    def answer(path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        rows = parents if path == "/parents" else kids
        return {"data": [row for row in rows if row.get("u", "") >= query.get("since", "")]}

    return SmallAPI(answer)


def read(api: SmallAPI, state: dict[str, Any] | None = None, **parent: Any) -> Outcome:  # noqa: ANN401  # parts of the parent
    kids = child("kids", BY_REGION, "region", incremental=INCREMENTAL)
    return api.read(resource("parents", **parent), kids, state=state)


def pairs(outcome: Outcome, key: str = "_parents_id") -> list[tuple[Any, int]]:
    return sorted((record[key], record["id"]) for record in outcome.records("kids"))


def all_of(*parents: str) -> list[tuple[str, int]]:
    return [(parent, kid["id"]) for parent in parents for kid in KIDS]


def test_parents_with_the_same_value_are_each_read_from_their_own_bookmark() -> None:
    """The second one began where the first one had just moved the bookmark they shared."""
    parents = [{"id": "A", "region": "eu"}, {"id": "B", "region": "eu"}]
    with source(parents, [*KIDS]) as api:
        first = read(api)
        assert pairs(first) == all_of("A", "B")
        again = read(api, first.state)
        assert pairs(again) == [("A", 5), ("B", 5)], "only what changed since"
        parents.append({"id": "C", "region": "eu"})
        assert pairs(read(api, again.state)) == [("A", 5), ("B", 5), *all_of("C")]


def in_one_part(value: object) -> dict[str, Any]:
    """A state as earlier versions wrote it: one part for all parents with a value."""
    part = {"replication_key": "u", "replication_key_value": "2024-01-04T00:00:00.000000Z"}
    parts = [{"context": {"it": value}, **part}]
    return {"bookmarks": {"kids": {"partitions": parts, "start_format": "%Y-%m-%dT%H:%M:%SZ"}}}


def test_a_state_with_one_part_for_a_value_goes_on_where_one_parent_has_it() -> None:
    with source([{"id": "A", "region": "eu"}], [*KIDS]) as api:
        first = read(api, in_one_part("eu"))
        assert pairs(first) == [("A", 4), ("A", 5)]
        (part,) = first.state["bookmarks"]["kids"]["partitions"]
        assert part["context"] == {"it": "eu", "_parents_id": "A"}
        assert pairs(read(api, first.state)) == [("A", 5)]


def test_a_state_with_one_part_for_a_value_that_two_parents_have_is_read_anew() -> None:
    """Nobody knows whose bookmark it was: both are read from the beginning, one of them later."""
    with source([{"id": "A", "region": "eu"}, {"id": "B", "region": "eu"}], [*KIDS]) as api:
        first = read(api, in_one_part("eu"))
        second = read(api, first.state)
        assert {*all_of("A", "B")} <= {*pairs(first), *pairs(second)}
        assert pairs(read(api, second.state)) == [("A", 5), ("B", 5)]


@pytest.mark.parametrize(
    ("held", "sent"), [("7", 7), (7, "7"), ("true", True)], ids=["number", "text", "boolean"]
)
def test_a_state_whose_value_is_the_same_text_goes_on(held: object, sent: object) -> None:
    """A column of text made a text of a number, and the API is asked with what it sent itself."""
    with source([{"id": "A", "region": sent}], [*KIDS]) as api:
        assert pairs(read(api, in_one_part(held))) == [("A", 4), ("A", 5)]


def test_parents_without_a_key_do_not_begin_at_each_others_bookmark() -> None:
    """What tells them apart is a hash of all they hold, which is no part of the state."""
    parents = [{"name": "A", "region": "eu"}, {"name": "B", "region": "eu"}]
    with source(parents, [*KIDS]) as api:
        state: dict[str, Any] | None = None
        for _ in range(2):
            outcome = read(api, state, primary_key=None)
            state = outcome.state
            assert len({*pairs(outcome, "_parents__row_hash")}) == 2 * len(KIDS)
        parents.pop()
        last = read(api, read(api, state, primary_key=None).state, primary_key=None)
        assert len(pairs(last, "_parents__row_hash")) == 1, "alone it has a bookmark"
