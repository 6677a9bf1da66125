"""The sandbox edits its data while it serves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {"buyers": 100, "contacts": 100, "items": 100}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows=ROWS, edge_cases=False) as sandbox:
        yield sandbox


def keys(sandbox: Sandbox) -> list[str]:
    return [row["id"] for row in sandbox.rows("buyers")]


@pytest.mark.parametrize(("per_page", "made"), [(0.1, 2), (1, 20), (5, 100), (20, 400)])
def test_so_many_edits_for_each_page_request(
    sandbox: Sandbox, client: Client, per_page: float, made: int
) -> None:
    sandbox.live_edits("buyers", per_page)
    for page in range(20):
        client.ids("/buyers", page=1 + page % 5, page_size=10)
    client.json("/v1/contacts")
    assert len(sandbox.edit_log) == made
    assert {edit.stream for edit in sandbox.edit_log} == {"buyers"}


def test_the_log_of_edits_tells_what_became_of_the_data(sandbox: Sandbox, client: Client) -> None:
    before = set(keys(sandbox))
    sandbox.live_edits("buyers", 5, touch=1, insert=1, delete=1, seed=4)
    for _ in range(20):
        client.ids("/buyers")
    made = {
        kind: [edit.key for edit in sandbox.edit_log if edit.kind == kind]
        for kind in ("touch", "insert", "delete")
    }
    assert set(keys(sandbox)) == (before | set(made["insert"])) - set(made["delete"])
    assert all(len(edits) > 20 for edits in made.values())
    assert {edit.request for edit in sandbox.edit_log} == set(range(1, 21))


def test_a_seed_and_weights_decide_the_script() -> None:
    scripts = []
    for seed in (1, 1, 2):
        with Sandbox(rows=ROWS) as sandbox, Client(sandbox) as client:
            sandbox.live_edits("buyers", 10, seed=seed)
            for _ in range(20):
                client.ids("/buyers")
            scripts.append(sandbox.edit_log)
    assert scripts[0] == scripts[1] != scripts[2]
    kinds = Counter(edit.kind for edit in scripts[0])
    assert 95 < kinds["touch"] < 145
    assert kinds["insert"] > kinds["delete"] > 5


def test_edits_may_come_with_named_requests_and_end(sandbox: Sandbox, client: Client) -> None:
    sandbox.live_edits("buyers", 2, requests=[2, 4], most=3)
    for _ in range(6):
        client.ids("/buyers")
    assert [edit.request for edit in sandbox.edit_log] == [2, 2, 4]
    sandbox.live_edits("buyers", 0)
    client.ids("/buyers")
    assert len(sandbox.edit_log) == 3


def test_a_touched_record_is_later_than_all_that_was_read(sandbox: Sandbox, client: Client) -> None:
    sandbox.live_edits("buyers", 1, insert=0, delete=0)
    began = datetime.now(UTC)
    newest = client.json("/buyers", ordering="-last_modified_at")["results"][0]
    assert newest["id"] == sandbox.edit_log[0].key
    assert datetime.fromisoformat(newest["last_modified_at"]) >= began


def test_a_change_may_show_later_than_the_time_it_bears(sandbox: Sandbox, client: Client) -> None:
    now = datetime.now(UTC)
    (key,) = sandbox.insert("buyers", late=2.6)
    assert key not in client.ids("/buyers", last_modified_at_after=now.isoformat())
    earlier = (now - timedelta(seconds=3)).isoformat()
    assert client.ids("/buyers", last_modified_at_after=earlier) == [key]
    sandbox.touch("buyers", str(key), late=60)
    assert client.ids("/buyers", last_modified_at_after=earlier) == [key]
    sandbox.live_edits("buyers", 20, late=3600, delete=0)
    client.ids("/buyers")
    ages = [
        datetime.now(UTC) - datetime.fromisoformat(row["last_modified_at"])
        for row in sandbox.rows("buyers")
        if row["id"] in {edit.key for edit in sandbox.edit_log}
    ]
    assert max(ages) > timedelta(minutes=10)
    assert min(ages) < timedelta(minutes=50)


def test_the_count_and_the_page_may_be_of_two_moments(sandbox: Sandbox, client: Client) -> None:
    """As Django REST framework does it: the page ends where the count did."""
    sandbox.edit("buyers", page=1, between=True, insert=[None])
    document = client.json("/buyers", page_size=1000)
    assert (document["count"], document["next"], len(document["results"])) == (100, None, 100)
    assert client.json("/buyers", page_size=100)["count"] == 101
    sandbox.edit("buyers", page=2, between=True, delete=[0])
    shown = client.ids("/buyers", page=2, page_size=60)
    assert shown == [row["id"] for row in sandbox.rows("buyers")][60:]


def test_live_edits_come_between_count_and_page_or_after(sandbox: Sandbox, client: Client) -> None:
    sandbox.live_edits("buyers", 1, touch=0, delete=0, when="between")
    document = client.json("/buyers", page_size=1000)
    assert (document["count"], len(document["results"])) == (100, 100)
    assert len(keys(sandbox)) == 101
    sandbox.live_edits("buyers", 1, touch=0, delete=0, when="after")
    assert client.json("/buyers")["count"] == 101
    assert len(keys(sandbox)) == 102


def test_forty_records_at_once_newest_first_shift_two_pages(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.order("buyers", "-modified")
    first = client.ids("/buyers", page=1, page_size=20)
    sandbox.edit("buyers", page=2, insert=[None] * 40)
    client.ids("/buyers", page=2, page_size=20)
    assert client.ids("/buyers", page=3, page_size=20) == first


def test_an_edit_names_its_records_by_key(sandbox: Sandbox, client: Client) -> None:
    before = keys(sandbox)
    sandbox.edit("buyers", page=1, delete=[before[70]], touch=[before[80]], insert=[before[3]])
    shown = client.ids("/buyers", page_size=10, last_modified_at_after="2024-01-01T00:00:00Z")
    assert shown[:3] + shown[4:5] == before[:4]
    assert shown[3] not in before
    assert before[70] not in keys(sandbox)


def test_a_record_that_somebody_else_deleted_is_no_trouble(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.live_edits("buyers", 20, insert=0, delete=0)
    client.ids("/buyers")
    sandbox.delete("buyers", *range(99))
    client.ids("/buyers")
    assert {edit.key for edit in sandbox.edit_log[20:]} == set(keys(sandbox))


def test_a_script_that_could_not_run_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no stream 'events' with a key"):
        sandbox.live_edits("events", 1)
    with pytest.raises(ValueError, match="before, between, after"):
        sandbox.live_edits("buyers", 1, when="sometimes")


def test_the_clock_can_be_put_forward_and_goes_on_with_each_page_request(
    sandbox: Sandbox, client: Client
) -> None:
    def clock() -> datetime:
        return parsedate_to_datetime(client.get("/buyers").headers["Date"])

    began = clock()
    sandbox.advance(3600)
    later = clock()
    assert timedelta(hours=1) <= later - began < timedelta(hours=1, seconds=5)
    sandbox.live_edits("buyers", 1, delete=0, seconds=60)
    assert timedelta(minutes=1) <= clock() - later < timedelta(minutes=1, seconds=5)
    (edit,) = sandbox.edit_log
    times = {row["id"]: row["last_modified_at"] for row in sandbox.rows("buyers")}
    assert edit.key is not None
    assert datetime.fromisoformat(times[edit.key]) > later + timedelta(seconds=59)
