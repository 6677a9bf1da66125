"""What a child is asked for with is its parent's value as the API sent it, whatever goes out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_api import SmallAPI, child, resource


@pytest.mark.parametrize(
    ("sent", "asked", "goes_out"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000Z"),
        ("2024-01-01T00:00:00+02:00", "2024-01-01T00:00:00+02:00", "2023-12-31T22:00:00.000000Z"),
        ("a\0b", "a\0b", "ab"),
        (True, "true", True),
        (["a"], '["a"]', ["a"]),
    ],
    ids=["date-time", "date-time with a zone", "NUL", "boolean", "list"],
)
@pytest.mark.parametrize("path", ["/kids/{it}", "/kids"])
def test_a_child_is_asked_for_with_its_parents_value_as_it_came(
    sent: object, asked: str, goes_out: object, path: str
) -> None:
    """A server that compares text has nothing for a value in another spelling."""

    def answer(path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        if path == "/parents":
            return {"data": [{"id": 1, "code": sent}]}
        wanted = query.get("code", path.removeprefix("/kids/"))
        return {"data": [{"id": "7"}] if wanted == asked else []}

    params = {} if "{" in path else {"params": {"code": "{resources.parents.code}"}}
    kids = child("kids", path, "code") if not params else resource("kids", path, **params)
    with SmallAPI(answer) as api:
        outcome = api.read(resource("parents"), kids)
    assert [record["id"] for record in outcome.records("kids")] == ["7"]
    assert [record["code"] for record in outcome.records("parents")] == [goes_out]
    assert outcome.stream("kids")["verdict"] == "proven"


def test_a_grandchild_is_asked_for_with_its_grandparents_value_as_it_came() -> None:
    """It gets it of its parent's records, where it stands as it goes out."""
    days = {"/parents": [{"id": "2024-01-01T00:00:00Z"}], "/kids": [{"id": 1}]}

    def answer(path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        if path in days:
            return {"data": days[path]}
        return {"data": [{"id": "9"}] if query["day"] == "2024-01-01T00:00:00Z" else []}

    kids = resource("kids", params={"x": "{resources.parents.id}"})
    toys = resource("toys", params={"day": "{resources.kids._parents_id}"})
    with SmallAPI(answer) as api:
        outcome = api.read(resource("parents"), kids, toys)
    assert [record["id"] for record in outcome.records("toys")] == ["9"]


def test_a_value_that_cannot_be_sent_fails_the_child_in_a_sentence() -> None:
    """Half a character has no bytes that a server would understand."""
    rows = {"/parents": [{"id": 1, "code": "a\ud800"}]}
    schema = {"properties": {"id": {"type": "integer"}}}
    with SmallAPI(lambda path, _: {"data": rows.get(path, [])}) as api:
        outcome = api.read(resource("parents"), child("kids", "/kids/{it}", "code", schema=schema))
    assert "halves of characters" in outcome.stream("kids")["error"]
    assert outcome.stream("parents")["verdict"] == "proven"


def test_a_number_of_a_parent_stays_the_number_in_a_json_body() -> None:
    """Digit for digit: a double would hold fewer."""

    def answer(path: str, _: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        return {"data": [{"id": 1, "amount": 0.5}] if path == "/parents" else [{"id": 2}]}

    kids = resource("kids", method="POST", json={"amount": "{resources.parents.amount}"})
    with SmallAPI(answer) as api:
        outcome = api.read(resource("parents"), kids)
    assert [record["id"] for record in outcome.records("kids")] == [2]
    assert set(api.bodies) == {b'{"amount":0.5}'}
