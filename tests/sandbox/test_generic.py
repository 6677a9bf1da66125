"""The sandbox pages in every other way that a REST API does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    """One sandbox that no test of this file changes."""
    with Sandbox(rows={"listings": 100}) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(api: Sandbox) -> Iterator[Client]:
    with Client(api) as client:
        yield client


def test_generic_offset_pages(client: Client) -> None:
    document = client.json("/v2/buyers", offset=950, limit=100)
    assert (document["total"], len(document["items"])) == (1_000, 50)
    assert list(client.json("/v2/private_offers", offset=100)) == ["items"]
    assert client.json("/v2/buyers", offset=1_000)["items"] == []
    assert (
        client.json("/v2/buyers", offset=5, limit=5)["items"]
        == client.json("/v2/buyers")["items"][5:10]
    )


def test_generic_cursors(client: Client) -> None:
    first = client.json("/v2/listings", limit=60)
    second = client.json("/v2/listings", limit=60, cursor=first["meta"]["paging"]["next_cursor"])
    assert second["meta"]["paging"]["next_cursor"] is None
    keys = [row["id"] for page in (first, second) for row in page["data"]["items"]]
    assert len(set(keys)) == len(keys) == 100
    response = client.get("/v2/listings/by_header", limit=60)
    last = client.get("/v2/listings/by_header", limit=60, cursor=response.headers["X-Next-Cursor"])
    assert "X-Next-Cursor" not in last.headers
    assert [row["id"] for page in (response, last) for row in page.json()["results"]] == keys


def test_generic_links(client: Client) -> None:
    response = client.get("/v2/contracts", page=9)
    assert response.links["next"]["url"] == f"{client.base_url}/v2/contracts?page=10"
    assert len(response.json()) == 100
    assert "next" not in client.get("/v2/contracts", page=10).links
    following = client.json("/v2/opportunities")["links"]["next"]
    assert following == f"{client.base_url}/v2/opportunities?page=2"
    assert client.json("/v2/opportunities", page=10)["links"]["next"] is None


def test_generic_single_page_events_invoices_and_children(api: Sandbox, client: Client) -> None:
    assert len(client.json("/v2/settings")["data"]["items"]) == 12
    assert "id" not in client.json("/v2/events")["events"][0]
    assert "pagination" not in client.json("/v1/invoices")
    assert "InvoiceID" in client.json("/v1/invoices")["Invoices"][0]
    contracts = api.rows("contracts")
    buyer = contracts[0]["buyer_id"]
    mine = [row["id"] for row in contracts if row["buyer_id"] == buyer]
    assert client.ids(f"/buyers/{buyer}/contracts") == mine
