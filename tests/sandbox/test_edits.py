"""Rows change between two pages exactly when they are told to."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import DISBURSEMENTS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    rows = {"buyers": 30, "contacts": 30, "analytics_marketplace_disbursements": 30}
    with Sandbox(rows=rows) as sandbox:
        yield sandbox


def read(client: Client, *pages: int, **query: str) -> list[list[str]]:
    return [client.ids("/buyers", page=page, page_size=10, **query) for page in pages]


def keys(sandbox: Sandbox) -> list[str]:
    return [row["id"] for row in sandbox.rows("buyers")]


def test_a_row_is_lost_when_one_before_it_is_deleted(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    sandbox.edit("buyers", page=2, delete=[3])
    first, second = read(client, 1, 2)
    assert first == before[:10]
    assert second == before[11:21]
    assert before[10] in keys(sandbox)
    assert before[3] not in keys(sandbox)
    assert read(client, 2) == [second]


def test_an_edit_after_a_page_does_not_show_on_it(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    sandbox.edit("buyers", page=1, after=True, delete=[0])
    assert read(client, 1, 2) == [before[:10], before[11:21]]


def test_an_edit_waits_for_its_page(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    sandbox.edit("buyers", page=3, delete=[0])
    assert read(client, 1, 2) == [before[:10], before[10:20]]
    assert keys(sandbox) == before


def test_positions_are_those_of_before_the_edit(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    sandbox.edit("buyers", page=1, delete=[0, 1, before[2], -1], insert=[4])
    (first,) = read(client, 1)
    assert first[0] == before[3]
    assert first[1] not in before
    assert first[2:] == before[4:12]
    assert keys(sandbox)[-1] == before[28]


def test_a_row_inserted_lands_where_it_is_told(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    (new,) = sandbox.insert("buyers", 5)
    assert keys(sandbox) == [*before[:5], new, *before[5:]]
    (first,) = sandbox.insert("buyers", 0)
    (last,) = sandbox.insert("buyers")
    assert (keys(sandbox)[0], keys(sandbox)[-1]) == (first, last)
    by_key = sandbox.insert("buyers", 7, order="key")
    ordered = [key for page in read(client, 1, 2, 3, 4, ordering="id") for key in page]
    assert ordered.index(str(by_key[0])) == 7
    assert ordered == sorted(ordered)
    assert client.json("/buyers")["count"] == 34


def test_inserting_by_key_follows_the_reader(sandbox: Sandbox, client: Client) -> None:
    before = sorted(keys(sandbox))
    sandbox.edit("buyers", page=2, insert=[0])
    first, second = read(client, 1, 2, ordering="id")
    assert (first, second) == (before[:10], before[9:19])


def test_a_touched_row_moves_to_the_end_by_time(sandbox: Sandbox, client: Client) -> None:
    sandbox.order("buyers", "modified")
    first, second, third = read(client, 1, 2, 3)
    sandbox.edit("buyers", page=2, touch=[0])
    assert read(client, 1, 2, 3) == [first, [*second[1:], third[0]], [*third[1:], first[0]]]


def test_newest_first_a_touched_row_moves_to_the_front(sandbox: Sandbox, client: Client) -> None:
    sandbox.order("buyers", "-modified")
    first, second, third = read(client, 1, 2, 3)
    sandbox.edit("buyers", page=2, touch=[-1])
    assert read(client, 1, 2) == [first, [first[-1], *second[:-1]]]
    assert read(client, 1)[0][0] == third[-1]


def test_touching_changes_contents_and_time(sandbox: Sandbox) -> None:
    old = sandbox.rows("buyers")[4]
    begun = datetime.now(UTC)
    sandbox.touch("buyers", 4)
    new = sandbox.rows("buyers")[4]
    assert begun <= datetime.fromisoformat(new["last_modified_at"]) <= datetime.now(UTC)
    assert {name for name in new if new[name] != old.get(name)} == {"last_modified_at", "name"}
    sandbox.touch("contacts", 4, at="2024-05-05T05:05:05.678+00:00", Name="New")
    contact = sandbox.rows("contacts")[4]
    assert (contact["Name"], contact["UpdatedDateUTC"]) == ("New", "/Date(1714885505678+0000)/")


def test_touching_keeps_every_other_digit(sandbox: Sandbox) -> None:
    old = sandbox.texts("analytics_marketplace_disbursements")
    sandbox.touch("analytics_marketplace_disbursements", 3, disbursement_status="Disbursed")
    new = sandbox.texts("analytics_marketplace_disbursements")
    assert '"gross_revenue":12345678901234.5678,' in new[3]
    assert '"listing_fee_percentage":1.2345678901,' in new[3]
    assert old[:3] + old[4:] == new[:3] + new[4:]


def test_touched_rows_are_found_by_their_new_time(sandbox: Sandbox, client: Client) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.json("/buyers", last_modified_at_after=now)["count"] == 0
    touched, inserted = sandbox.touch("buyers", 4), sandbox.insert("buyers")
    assert client.ids("/buyers", last_modified_at_after=now) == [*touched, *inserted]


def test_fields_may_take_the_modification_time_away(sandbox: Sandbox, client: Client) -> None:
    (key,) = sandbox.insert("buyers", last_modified_at=None)
    sandbox.touch("buyers", 2, last_modified_at=None)
    assert sum(row["last_modified_at"] is None for row in sandbox.rows("buyers")) == 2
    assert key in client.ids("/buyers")
    assert client.json("/buyers", last_modified_at_after="2000-01-01")["count"] == 29


def test_editing_a_row_that_is_not_there_says_so(sandbox: Sandbox) -> None:
    for which in (30, -31, "nobody"):
        with pytest.raises(LookupError, match="no row"):
            sandbox.delete("buyers", which)


def test_pages_are_read_in_the_order_they_are_told_to(sandbox: Sandbox) -> None:
    """Page 2 leaves first and is served last, after an edit that page 3 brought."""
    before = keys(sandbox)
    sandbox.fault("hold", stream="buyers", page=2, until=3)
    sandbox.edit("buyers", page=3, after=True, delete=[0])

    def page(number: int) -> list[str]:
        with Client(sandbox) as client:
            return read(client, number)[0]

    with ThreadPoolExecutor(2) as pool:
        second = pool.submit(page, 2)
        deadline = time.monotonic() + 5
        while not any(entry.page == 2 for entry in sandbox.requests):
            assert time.monotonic() < deadline
        third = pool.submit(page, 3)
        assert third.result() == before[20:30]
        assert second.result() == before[11:21]


def test_edits_are_whole_while_many_read(sandbox: Sandbox) -> None:
    """Every response shows the data before or after an edit, never in between."""
    for page in range(1, 9):
        sandbox.edit("analytics_marketplace_disbursements", page=page, delete=[0], insert=[None])

    def read_page(page: int) -> tuple[int, int]:
        with Client(sandbox) as client:
            document = client.json(DISBURSEMENTS, page=page, page_size=3)
            return document["count"], len(document["results"])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read_page, range(1, 9))) == {(30, 3)}
