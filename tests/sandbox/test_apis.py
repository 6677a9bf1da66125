"""The sandbox responds as the two APIs do."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
import requests

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import DISBURSEMENTS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    """One sandbox that no test of this file changes."""
    rows = {"analytics_marketplace_disbursements": 200, "contacts": 250, "listings": 100}
    with Sandbox(rows=rows) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(api: Sandbox) -> Iterator[Client]:
    with Client(api) as client:
        yield client


def test_accounting_envelope_has_what_the_api_has(client: Client) -> None:
    document = client.json("/v1/bank_transactions", page=2)
    assert list(document) == [
        "Id",
        "Status",
        "ProviderName",
        "DateTimeUTC",
        "pagination",
        "BankTransactions",
    ]
    assert document["Status"] == "OK"
    assert document["pagination"] == {"page": 2, "pageSize": 100, "pageCount": 10, "itemCount": 100}
    assert len(document["BankTransactions"]) == 100


def test_item_count_means_one_thing_here_and_another_there(client: Client) -> None:
    assert client.json("/v1/contacts")["pagination"]["itemCount"] == 250
    assert client.json("/v1/bank_transactions")["pagination"]["itemCount"] == 100


def test_accounting_pages_end_with_an_empty_list(client: Client) -> None:
    assert len(client.json("/v1/contacts", page=3)["Contacts"]) == 50
    assert client.json("/v1/contacts", page=4)["Contacts"] == []


def test_archived_contacts_show_on_request_only(api: Sandbox, client: Client) -> None:
    seen = client.json("/v1/contacts", page_size=1000)["Contacts"]
    every = client.json("/v1/contacts", page_size=1000, includeArchived="true")["Contacts"]
    assert (len(seen), len(every)) == (250, 255)
    assert {row["ContactStatus"] for row in seen} == {"ACTIVE", "GDPRREQUEST"}
    assert every == api.rows("contacts", archived=True)


@pytest.mark.parametrize(
    ("path", "asked", "given"),
    [
        ("/v1/bank_transactions", 5000, 1000),
        ("/v1/bank_transactions", 0, 1),
        ("/v1/bank_transactions", -3, 1),
        ("/buyers", 5000, 1000),
        ("/buyers", 7, 7),
        (DISBURSEMENTS, 50, 50),
    ],
)
def test_page_sizes_are_adjusted_silently(
    client: Client, path: str, asked: int, given: int
) -> None:
    document = client.json(path, page_size=asked)
    assert len(document.get("BankTransactions") or document["results"]) == given


def test_modified_since_filters_to_the_second(api: Sandbox, client: Client) -> None:
    asked = {"If-Modified-Since": "2024-09-01T00:00:00"}
    some = client.json("/v1/contacts", asked, page_size=1000)["Contacts"]
    assert 0 < len(some) < 250
    assert len(api.rows("contacts")) == 250
    malformed = {"If-Modified-Since": "yesterday"}
    assert len(client.json("/v1/contacts", malformed, page_size=1000)["Contacts"]) == 250


def test_modified_after_is_inclusive_and_compares_instants(api: Sandbox, client: Client) -> None:
    latest = max(datetime.fromisoformat(row["last_modified_at"]) for row in api.rows("buyers"))
    same = client.ids("/buyers", last_modified_at_after=latest.isoformat())
    assert same
    everything = [row for row in api.rows("buyers") if row["id"] in same]
    assert {datetime.fromisoformat(row["last_modified_at"]) for row in everything} == {latest}
    assert client.get("/buyers", last_modified_at_after="soon").status_code == 400


def test_the_dataset_knows_no_modified_after(client: Client) -> None:
    assert client.json(DISBURSEMENTS, last_modified_at_after="2030-01-01")["count"] == 200


def test_marketplace_envelope_and_end(client: Client) -> None:
    document = client.json("/listings")
    assert (document["count"], document["next"], document["previous"]) == (100, None, None)
    past = client.get("/listings", page=2)
    assert (past.status_code, past.json()) == (404, {"detail": "Invalid page."})


def test_next_leads_to_an_internal_host(client: Client) -> None:
    document = client.json("/buyers", page=3, page_size=50)
    assert document["next"].startswith("http://api.internal.example:8080/buyers?")
    assert "page=4" in document["next"]
    assert "page=2" in document["previous"]


@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101])
def test_row_counts_are_exact(rows: int) -> None:
    with Sandbox(rows={"contacts": rows, "buyers": rows}) as sandbox, Client(sandbox) as client:
        assert client.json("/buyers")["count"] == rows
        assert len(client.json("/v1/contacts", page_size=1000)["Contacts"]) == rows


def test_orders(api: Sandbox, client: Client) -> None:
    stored = [row["id"] for row in api.rows("buyers")]
    assert client.ids("/buyers", page_size=1000) == stored
    assert client.ids("/buyers", page_size=1000, ordering="id") == sorted(stored)
    assert client.ids("/buyers", page_size=1000, ordering="-id") == sorted(stored, reverse=True)
    newest = client.json("/buyers", page_size=1000, ordering="-last_modified_at")["results"]
    times = [datetime.fromisoformat(row["last_modified_at"]) for row in newest]
    assert times == sorted(times, reverse=True)
    named = client.json("/v1/contacts", page_size=1000, order="Name DESC")["Contacts"]
    assert [row["Name"] for row in named] == sorted((row["Name"] for row in named), reverse=True)


def test_a_seed_decides_the_data() -> None:
    rows = {"buyers": 60, "contacts": 60}
    with Sandbox(rows=rows) as one, Sandbox(rows=rows) as same, Sandbox(rows=rows, seed=2) as other:
        for stream in rows:
            assert one.texts(stream) == same.texts(stream)
            assert one.texts(stream) != other.texts(stream)


def test_there_are_twelve_thousand_disbursements() -> None:
    with Sandbox() as sandbox, Client(sandbox) as client:
        document = client.json(DISBURSEMENTS, page=3)
        assert (document["count"], len(document["results"])) == (12_000, 2_000)


def test_keyless_rows_on_request() -> None:
    rows = {"analytics_marketplace_disbursements": 20}
    with Sandbox(rows=rows, keyless_rows=3) as sandbox, Client(sandbox) as client:
        assert sum("id" not in row for row in client.json(DISBURSEMENTS)["results"]) == 3


def test_a_connection_stays_open_and_eight_are_served_at_once(api: Sandbox) -> None:
    token = api.mint_token()
    api.fault("slow", stream="opportunities", seconds=0.2, times=8)

    def read(page: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{api.base_url}/opportunities?page={page}"
        return len(requests.get(url, headers=headers, timeout=10).json()["results"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(1, 9))) == [100] * 8
    assert api.most_in_flight == 8
    with Client(api) as client:
        assert client.get("/buyers").headers.get("Connection") is None
        assert client.get("/buyers").raw.version == 11


def test_a_response_is_compressed_where_that_is_accepted(client: Client) -> None:
    plain = client.get("/buyers", {"Accept-Encoding": "identity"})
    packed = client.get("/buyers", {"Accept-Encoding": "deflate, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) * 2 < len(plain.content)
    assert packed.content == plain.content


def test_the_log_has_everything_but_the_credentials(api: Sandbox) -> None:
    with Client(api) as client:
        client.get("/buyers", {"X-Tenant": "t-1"}, page=2)
        token = client.session.headers["Authorization"]
    entry = api.requests[-1]
    assert (entry.method, entry.path, entry.query, entry.status) == (
        "GET",
        "/buyers",
        {"page": "2"},
        200,
    )
    assert (entry.stream, entry.page) == ("buyers", 2)
    assert entry.headers["x-tenant"] == "t-1"
    assert entry.headers["authorization"] == "Bearer"
    assert str(token).removeprefix("Bearer ") not in str(api.requests)


def test_foreign_keys_exist(api: Sandbox) -> None:
    buyers = {row["id"] for row in api.rows("buyers")}
    assert {row["buyer_id"] for row in api.rows("contracts")} <= buyers


def test_unknown_places_and_methods(client: Client) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.session.post(f"{client.base_url}/buyers", timeout=10).status_code == 405


def test_an_unknown_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="no stream"):
        Sandbox(rows={"contact": 1})


def test_texts_are_what_goes_over_the_wire(api: Sandbox, client: Client) -> None:
    body = client.get(DISBURSEMENTS).text
    assert body.endswith(",".join(api.texts("analytics_marketplace_disbursements")) + "]}")
    assert json.loads(body)["count"] == 200
