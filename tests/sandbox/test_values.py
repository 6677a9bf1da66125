"""Records lose their keys, values change their types and times their formats, on request."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {"items": 60, "buyers": 20, "contacts": 20}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows=ROWS, edge_cases=False) as sandbox:
        yield sandbox


def items(client: Client, **query: str | int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.json("/shapes/offset_total", None, **query)["items"]
    return found


@pytest.mark.parametrize("value", [700.5, "A700", ["7"], {"amount": 7}, True, None, 10**400])
def test_a_value_may_be_of_any_type(sandbox: Sandbox, client: Client, value: object) -> None:
    sandbox.alter("items", 3, fields={"quantity": value})
    seen = [item["quantity"] for item in items(client)]
    wanted = Decimal if isinstance(value, float) else type(value)
    assert (type(seen[3]), seen[3]) == (wanted, value)
    assert all(isinstance(quantity, int) for quantity in seen[:3] + seen[4:])


def test_what_is_altered_keeps_its_time_and_place(sandbox: Sandbox, client: Client) -> None:
    before = items(client, sort="updated_at")
    altered = sandbox.alter("items", every=10, fields={"price": "n/a"})
    after = items(client, sort="updated_at")
    assert [item["updated_at"] for item in after] == [item["updated_at"] for item in before]
    assert len(altered) == 6
    assert {item["id"] for item in after if item["price"] == "n/a"} == set(altered)


def test_a_record_may_have_no_key_a_null_one_or_another_name(
    sandbox: Sandbox, client: Client
) -> None:
    key = sandbox.rows("items")[2]["id"]
    sandbox.alter("items", 0, remove=["id"])
    sandbox.alter("items", 1, fields={"id": None})
    sandbox.alter("items", 2, rename={"id": "Id"})
    first, second, third, fourth = items(client, limit=4)
    assert ("id" in first, second["id"], third.get("id"), third["Id"]) == (False, None, None, key)
    assert fourth["id"]


def test_a_name_may_have_a_nul_in_it(sandbox: Sandbox, client: Client) -> None:
    sandbox.alter("items", rename={"name": "na\x00me"})
    assert {item["na\x00me"][:4] for item in items(client)} == {"Item"}


def test_a_touch_and_an_insert_may_change_names_and_types(sandbox: Sandbox, client: Client) -> None:
    sandbox.edit("items", page=1, touch=[0], insert=[None], rename={"price": "Price"})
    seen = items(client)
    assert ["Price" in item for item in seen] == [True, *[False] * 59, True]


@pytest.mark.parametrize(("time_format", "factor"), [("seconds", 1), ("milliseconds", 1_000)])
def test_times_may_be_numbers(time_format: str, factor: int) -> None:
    with (
        Sandbox(rows=ROWS, time_formats={"items": time_format}) as sandbox,
        Client(sandbox) as client,
    ):
        times = sorted(item["updated_at"] for item in items(client))
        assert {type(value) for value in times} == {int}
        assert times[0] // factor > 1_704_000_000
        assert [item["updated_at"] for item in items(client, sort="updated_at")] == times
        assert len(items(client, updated_after=times[50])) == 60 - times.index(times[50])
        assert client.get("/shapes/offset_total", updated_after="soon").status_code == 400
        (key,) = sandbox.touch("items", 5)
        assert items(client, sort="-updated_at", limit=1)[0]["id"] == key


def test_times_may_be_compared_as_text() -> None:
    """With `T` where the records have a space, a later time of that day is less than asked."""
    with Sandbox(rows=ROWS, time_formats={"items": "text"}) as sandbox, Client(sandbox) as client:
        times = sorted(item["updated_at"] for item in items(client))
        assert all(re.fullmatch(r"[\d-]{10} [\d:]{8}", text) for text in times)
        sandbox.touch("items", 0, at="2025-06-28T10:00:00Z")
        sandbox.touch("items", 1, at="2025-06-28T11:00:00Z")
        assert len(items(client, updated_after="2025-06-28 10:00:00")) == 2
        sandbox.fault("exclusive", stream="items")
        assert len(items(client, updated_after="2025-06-28 10:00:00")) == 1
        assert items(client, updated_after="2025-06-28T10:00:00.000000Z") == []
        assert len(items(client, updated_after=times[0])) < 60


def test_a_time_format_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no time format \\['swatch'\\]"):
        Sandbox(time_formats={"items": "swatch"})
