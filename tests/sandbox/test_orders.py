"""Orders and filters are heeded, ignored or refused, as servers do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.sandbox_client import Client

ROWS = {"buyers": 60, "contacts": 60}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows=ROWS, edge_cases=False) as sandbox:
        yield sandbox


def instants(client: Client, **query: str) -> list[datetime]:
    records = client.json("/buyers", None, **query)["results"]
    return [datetime.fromisoformat(record["last_modified_at"]) for record in records]


def contacts(client: Client, **query: str) -> list[str]:
    return [row["ContactID"] for row in client.json("/v1/contacts", None, **query)["Contacts"]]


def test_marketplace_orders_by_time_and_key_both_ways(sandbox: Sandbox, client: Client) -> None:
    rising = instants(client, ordering="last_modified_at")
    assert rising == sorted(rising)
    falling = instants(client, ordering="-last_modified_at")
    assert falling == sorted(falling, reverse=True)
    keys = sorted(row["id"] for row in sandbox.rows("buyers"))
    assert client.ids("/buyers", ordering="id") == keys
    assert client.ids("/buyers", ordering="-id") == keys[::-1]


def test_accounting_orders_by_time_and_key_both_ways(sandbox: Sandbox, client: Client) -> None:
    rising, falling = (contacts(client, order=f"UpdatedDateUTC{turn}") for turn in ("", " DESC"))
    sandbox.order("contacts", "modified")
    assert contacts(client) == rising
    sandbox.order("contacts", "-modified")
    assert contacts(client) == falling
    assert rising != falling
    keys = sorted(row["ContactID"] for row in sandbox.rows("contacts"))
    assert contacts(client, order="ContactID") == keys
    assert contacts(client, order="ContactID DESC") == keys[::-1]


@pytest.mark.parametrize("by", ["key", "insertion"])
def test_an_order_may_be_ignored(sandbox: Sandbox, client: Client, by: str) -> None:
    stored = [row["id"] for row in sandbox.rows("buyers")]
    sandbox.fault("ignore_order", stream="buyers", by=by)
    asked = {client.ids("/buyers", ordering=f"{turn}last_modified_at")[0] for turn in ("", "-")}
    assert asked == {min(stored) if by == "key" else stored[0]}


def test_a_direction_may_be_ignored(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("ignore_direction", stream="buyers")
    assert client.ids("/buyers", ordering="-id") == client.ids("/buyers", ordering="id")


@pytest.mark.parametrize("code", [400, 404, 422])
def test_an_order_may_be_refused(sandbox: Sandbox, client: Client, code: int) -> None:
    sandbox.fault("refuse_order", code=code)
    assert client.get("/buyers", ordering="last_modified_at").status_code == code
    assert client.get("/v1/contacts", order="UpdatedDateUTC").status_code == code
    assert client.get("/buyers").status_code == 200


def test_equal_times_may_stand_in_another_order_each_time(sandbox: Sandbox, client: Client) -> None:
    sandbox.touch("buyers", *range(40), at="2025-06-05T05:05:05Z")
    fixed = [client.ids("/buyers", ordering="last_modified_at") for _ in range(2)]
    assert fixed[0] == fixed[1]
    sandbox.fault("vary_ties", stream="buyers")
    asked = [client.ids("/buyers", ordering="last_modified_at") for _ in range(5)]
    assert len({tuple(keys) for keys in asked}) == 5
    assert instants(client, ordering="last_modified_at") == sorted(instants(client))
    assert {frozenset(keys) for keys in asked} == {frozenset(fixed[0])}


def test_a_page_size_is_heeded_capped_or_ignored(sandbox: Sandbox, client: Client) -> None:
    assert len(client.ids("/buyers", page_size=7)) == 7
    sandbox.fault("cap", stream="buyers", size=5)
    assert len(client.ids("/buyers", page_size=7)) == 5
    sandbox.fault("ignore_page_size", stream="buyers", size=20)
    assert len(client.ids("/buyers", page_size=7)) == 20
    sandbox.clear()
    sandbox.fault("ignore_page_size", stream="buyers")
    assert len(client.ids("/buyers", page_size=7)) == 60


@pytest.mark.parametrize(
    ("how", "rules", "seen"),
    [(None, [], 3), (None, ["exclusive"], 2), ("seconds", [], 4), ("seconds", ["exclusive"], 1)],
)
def test_a_filter_compares_times_or_whole_seconds(
    sandbox: Sandbox, client: Client, how: str | None, rules: list[str], seen: int
) -> None:
    """Records at .2, .5 and .9 of a second and in the next one; asked since .5."""
    second = datetime.fromisoformat("2025-06-05T05:05:05+00:00")
    for place, fraction in enumerate((0.2, 0.5, 0.9, 1.1)):
        sandbox.touch("buyers", place, at=(second + timedelta(seconds=fraction)).isoformat())
    if how:
        sandbox.fault("since_resolution", stream="buyers", how=how)
    for rule in rules:
        sandbox.fault(rule, stream="buyers")
    since = (second + timedelta(seconds=0.5)).isoformat()
    assert len(client.ids("/buyers", last_modified_at_after=since)) == seen


def test_a_header_may_have_fractions_where_the_server_knows_them(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.touch("contacts", 0, at="2025-06-05T05:05:05.200Z")
    sandbox.touch("contacts", 1, at="2025-06-05T05:05:05.700Z")

    def seen(since: str) -> int:
        return len(client.json("/v1/contacts", {"If-Modified-Since": since})["Contacts"])

    assert (seen("2025-06-05T05:05:05"), seen("2025-06-05T05:05:05.500")) == (2, 60)
    sandbox.fault("since_resolution", stream="contacts", how="full")
    assert seen("2025-06-05T05:05:05.500") == 1
    assert seen("nonsense") == 60
