"""Where a child cannot be read for one parent, it is read for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.small_api import SmallAPI, child, resource

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ROWS = [{"id": number, "u": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 4)]
BY_TIME = {"cursor_path": "u", "start_param": "since"}
SCHEMA = {"properties": {"id": {"type": "integer"}, "u": {"type": "string", "format": "date-time"}}}


class Parents(SmallAPI):
    """Parents with children, some of which cannot be had."""

    def __init__(self, *parents: str) -> None:
        """Have these parents."""
        super().__init__(self.respond_to)
        self.failing: dict[str, Any] = {}
        self.parents = [*parents]

    def respond_to(self, path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        """The parents, or the children of one."""
        if path == "/parents":
            return {"data": [{"id": each} for each in self.parents]}
        parent = path.split("/")[2]
        rows = [row for row in ROWS if str(row["u"]) >= query.get("since", "")]
        return self.failing.get(parent, {"data": rows})


def read(api: Parents, state: dict[str, Any] | None = None, **parts: Any) -> Outcome:  # noqa: ANN401  # any part
    kids = child("kids", "/parents/{it}/kids", "id", **{"incremental": BY_TIME} | parts)
    return api.read(resource("parents"), kids, state=state)


def parents_of(outcome: Outcome) -> set[str]:
    return {record["_parents_id"] for record in outcome.records("kids")}


NO_CHANNEL = {"ok": False, "error": "not_in_channel"}
FAILURES = [(403, {"message": "no"}), (404, {}), (410, {}), (400, {}), (500, {}), NO_CHANNEL]


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["inferred", "declared"])
@pytest.mark.parametrize("failing", ["a", "b", "c"])
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_the_others_are_read_and_sent_and_keep_their_own_bookmarks(
    failure: object, failing: str, schema: dict[str, Any] | None
) -> None:
    """One private or deleted parent ended the stream in every run, and nothing was sent."""
    others = {"a", "b", "c"} - {failing}
    with Parents("a", "b", "c") as api:
        api.failing[failing] = failure
        first = read(api, schema=schema)
        assert parents_of(first) == others
        part = first.stream("kids")
        assert (part["status"], part["verdict"]) == ("failed", "not proven")
        assert first.error is not None
        assert part["error"].startswith(
            "kids: it could not be read for 1 of 3 records of parents, and was for the others. "
            f"That one (parents: `id` {failing}): kids: GET /parents/{failing}/kids, first page,"
        )
        assert "`response_actions`" in part["error"]
        api.failing.clear()
        second = read(api, first.state, schema=schema)
        assert second.stream("kids")["verdict"] == "proven"
        sent = [record["_parents_id"] for record in second.records("kids")]
        assert sent.count(failing) == len(ROWS), "from the beginning"
        assert {sent.count(other) for other in others} == {1}, "each from its own bookmark"


def test_nothing_of_a_replaced_child_is_deleted_where_it_failed_for_one() -> None:
    with Parents("a", "b") as api:
        api.failing["a"] = (404, {})
        outcome = read(api, incremental=None, write_disposition="replace")
    assert parents_of(outcome) == {"b"}
    assert outcome.of("ACTIVATE_VERSION") == []


def test_a_server_that_is_ill_is_not_asked_for_every_parent() -> None:
    """Three parents in a row, each retried in vain: the fourth would take as long."""
    with Parents(*"abcdefgh") as api:
        api.failing = dict.fromkeys("bcdefgh", (500, {}))
        outcome = read(api, schema=SCHEMA)
        asked = {target.split("/")[2] for target in api.targets if "kids" in target}
    assert asked == {*"abcd"}
    assert parents_of(outcome) == {"a"}
    assert outcome.stream("kids")["status"] == "failed"


def test_many_refusals_are_told_one_by_one_only_at_first() -> None:
    names = [f"p{number}" for number in range(20)]
    with Parents("a", *names) as api:
        api.failing = dict.fromkeys(names, (403, {}))
        outcome = read(api, schema=SCHEMA)
    assert parents_of(outcome) == {"a"}
    assert "for 20 of 21 records of parents" in outcome.stream("kids")["error"]
    assert sum("returned 403" in line for line in outcome.log) == 6
