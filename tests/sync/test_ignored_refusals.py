"""A refusal that `response_actions` ignores says nothing of records: it takes none away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.small_api import SmallAPI, child, resource

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ROWS = [{"id": number, "u": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 6)]
BY_TIME = {"cursor_path": "u", "start_param": "since"}


def ignoring(*statuses: int, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    """A resource that takes responses of these statuses for empty lists."""
    actions = [{"status_code": each, "action": "ignore"} for each in statuses]
    return resource("items", response_actions=actions, **parts)


class Items(SmallAPI):
    """A list that may be refused."""

    def __init__(self) -> None:
        """Hold five records."""
        super().__init__(self.items)
        self.status = 200

    def items(self, _: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        """The records since a time, or the refusal."""
        if self.status != 200:
            return self.status, {"message": "no"}
        rows = [row for row in ROWS if str(row["u"]) >= query.get("since", "")]
        start = 10 * (int(query.get("page", 1)) - 1)
        return {"data": rows[:: -1 if query.get("sort") == "-u" else 1][start : start + 10]}


def verdict(outcome: Outcome, stream: str = "items") -> str:
    return str(outcome.stream(stream)["verdict"])


@pytest.mark.parametrize(
    ("status", "of_second"), [(403, "not proven"), (402, "not proven"), (404, "proven")]
)
def test_a_refusal_empties_no_table_that_is_replaced(status: int, of_second: str) -> None:
    """A scope that was taken from the token deleted every row; 404 may stand for none."""
    with Items() as api:
        items = ignoring(status, write_disposition="replace")
        first = api.read(items)
        assert (verdict(first), len(first.of("ACTIVATE_VERSION"))) == ("proven", 1)
        api.status = status
        second = api.read(items, state=first.state)
        assert verdict(second) == of_second
        assert bool(second.of("ACTIVATE_VERSION")) is (of_second == "proven")
        if status != 404:
            (reason,) = second.stream("items")["reasons"]
            assert reason.startswith(f"`response_actions` ignores status {status} of first page")
        third = api.read(items, state=second.state)
        assert verdict(third) == of_second, "it is remembered"


def test_a_refusal_from_the_first_run_on_is_taken_for_none_and_empties_no_table() -> None:
    """Nobody knows what the target had before: the state is new, or was lost."""
    with Items() as api:
        api.status = 403
        outcome = api.read(ignoring(403, write_disposition="replace"))
    assert verdict(outcome) == "proven"
    assert outcome.of("ACTIVATE_VERSION") == []
    assert any(line.startswith("items: records that are gone stay in the ") for line in outcome.log)


def test_ignore_signs_vouches_that_a_refusal_stands_for_an_empty_list() -> None:
    with Items() as api:
        items = ignoring(403, write_disposition="replace") | {"ignore_signs": ["403"]}
        first = api.read(items)
        api.status = 403
        second = api.read(items, state=first.state)
    assert (verdict(second), len(second.of("ACTIVATE_VERSION"))) == ("proven", 1)


@pytest.mark.parametrize("ordered", [False, True])
def test_a_refusal_since_a_bookmark_proves_nothing_in_any_way_of_reading(*, ordered: bool) -> None:
    order = {"order_param": "sort"} if ordered else {}
    paginator = {"type": "page_number", "base_page": 1, "limit": 10, "limit_param": "n"}
    items = ignoring(403, incremental=BY_TIME | order, paginator=paginator)
    with Items() as api:
        first = api.read(items)
        assert first.stream("items")["read_by"] == ("keyset" if ordered else "pages")
        api.status = 403
        second = api.read(items, state=first.state)
        assert verdict(second) == "not proven"
        assert second.state["bookmarks"] == first.state["bookmarks"]
        api.status = 200
        assert verdict(api.read(items, state=second.state)) == "proven"


class Parents(SmallAPI):
    """Three parents with children, some of which may be refused."""

    def __init__(self) -> None:
        """Refuse nothing."""
        super().__init__(self.respond_to)
        self.refused: dict[str, int] = {}
        self.parents = ["a", "b", "c"]

    def respond_to(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        """The parents, or the children of one."""
        if path in self.refused:
            return self.refused[path], {"message": "no"}
        if path == "/parents":
            return {"data": [{"id": each} for each in self.parents]}
        return {"data": [row for row in ROWS if str(row["u"]) >= query.get("since", "")]}


def kids(**parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    return child("kids", "/parents/{it}/kids", "id", **parts)


IGNORED: dict[str, Any] = {"response_actions": [{"status_code": 403, "action": "ignore"}]}


@pytest.mark.parametrize("parts", [{"write_disposition": "replace"}, {"incremental": BY_TIME}])
def test_a_refused_part_that_had_records_is_not_proven(parts: dict[str, Any]) -> None:
    """Its rows were deleted by `replace`, and its changes were missing with `merge`."""
    with Parents() as api:
        first = api.read(resource("parents"), kids(**IGNORED, **parts))
        assert verdict(first, "kids") == "proven"
        api.refused["/parents/b/kids"] = 403
        second = api.read(resource("parents"), kids(**IGNORED, **parts), state=first.state)
    assert verdict(second, "kids") == "not proven"
    assert second.of("ACTIVATE_VERSION") == []
    assert {row["_parents_id"] for row in second.records("kids")} == {"a", "c"}
    assert second.error is None
    assert any("(parents: `id` b)" in line for line in second.log)


@pytest.mark.parametrize("parts", [{"write_disposition": "replace"}, {"incremental": BY_TIME}])
def test_a_part_that_never_had_records_may_be_refused_for_ever(parts: dict[str, Any]) -> None:
    """The usual private parents: others are proven, and no rows go that nobody can tell gone."""
    state: dict[str, Any] | None = None
    with Parents() as api:
        api.refused["/parents/b/kids"] = 403
        for _ in range(2):
            outcome = api.read(resource("parents"), kids(**IGNORED, **parts), state=state)
            assert verdict(outcome, "kids") == "proven"
            assert outcome.of("ACTIVATE_VERSION") == []
            state = outcome.state


def test_a_refused_list_of_parents_takes_no_rows_of_their_children() -> None:
    with Parents() as api:
        api.refused["/parents"] = 403
        replaced = kids(write_disposition="replace", schema={"properties": {"id": {}}})
        outcome = api.read(resource("parents", **IGNORED), replaced)
    assert outcome.of("ACTIVATE_VERSION") == []
