"""Each shape of response leads through all records, and says what APIs of its kind say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_analytics.sandbox import Sandbox
from tap_analytics.sandbox.shapes import SHAPES
from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

ITEMS = 250


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    """One sandbox that no test of this file changes."""
    with Sandbox(rows={"items": ITEMS}) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(api: Sandbox) -> Iterator[Client]:
    with Client(api) as client:
        yield client


def keys(name: str, response: requests.Response) -> list[str]:
    document = response.json()
    records = document[SHAPES[name].records] if SHAPES[name].records else document
    return [record["id"] for record in records]


def by_number(name: str, client: Client) -> Iterator[requests.Response]:
    """Pages until one is empty."""
    shape = SHAPES[name]
    for number in range(shape.first, shape.first + 4):
        query: Any = {shape.page: number}
        yield client.get(f"/shapes/{name}", **query)


def by_link(url: Any, client: Client, path: str) -> Iterator[requests.Response]:  # noqa: ANN401 -- a function
    """Pages as long as a response tells the next one's address, five at most."""
    response = client.get(path)
    for _ in range(5):
        yield response
        following = url(response)
        if not following:
            return
        response = client.get(path, None, **dict(parse_qsl(urlsplit(following).query)))


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("django_rest", lambda response: response.json()["next"]),
        ("kinto", lambda response: response.headers.get("Next-Page")),
        ("datasette", lambda response: response.json()["next_url"]),
        ("graph", lambda response: response.json().get("@odata.nextLink")),
        ("gitlab", lambda response: response.links.get("next", {}).get("url")),
        ("json_server", lambda response: response.links.get("next", {}).get("url")),
        ("sign_next_page", lambda response: response.headers.get("Next-Page")),
        ("sign_link", lambda response: response.links.get("next", {}).get("url")),
        ("sign_next_url", lambda response: response.json()["next"]),
    ],
)
def test_links_lead_through_every_record(
    api: Sandbox,
    client: Client,
    name: str,
    following: Any,  # noqa: ANN401 -- a function
) -> None:
    pages = [keys(name, page) for page in by_link(following, client, f"/shapes/{name}")]
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [key for page in pages for key in page] == [row["id"] for row in api.rows("items")]


@pytest.mark.parametrize(
    "name",
    ["json_server", "gitlab", "unfiltered_total", "from_0_total", "from_0", "from_1"],
)
def test_numbers_lead_through_every_record(api: Sandbox, client: Client, name: str) -> None:
    pages = [keys(name, page) for page in by_number(name, client)]
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert [key for page in pages for key in page] == [row["id"] for row in api.rows("items")]


def test_totals_pages_and_numbers_say_the_truth(client: Client) -> None:
    assert client.get("/shapes/json_server", _page=2).headers["X-Total-Count"] == "250"
    document = client.json("/shapes/json_server_1", _page=2, _per_page=60)
    told = {name: value for name, value in document.items() if name != "data"}
    assert told == {"first": 1, "prev": 1, "next": 3, "last": 5, "pages": 5, "items": 250}
    headers = client.get("/shapes/kinto").headers
    assert (headers["Total-Records"], headers["Total-Objects"]) == ("250", "250")
    last = client.get("/shapes/gitlab", page=3).headers
    assert (last["X-Total-Pages"], last["X-Next-Page"], last["X-Page"]) == ("3", "", "3")
    document = client.json("/shapes/offset_total", offset=240, limit=20)
    assert (document["total"], document["offset"], len(document["items"])) == (250, 240, 10)


def test_past_the_last_page_each_does_as_its_kind_does(client: Client) -> None:
    assert client.get("/shapes/django_rest", page=4).status_code == 404
    clamped = client.json("/shapes/json_server_1", _page=9)
    assert clamped == client.json("/shapes/json_server_1", _page=3)
    assert (clamped["next"], len(clamped["data"])) == (None, 50)
    assert client.json("/shapes/from_1", page=9) == {"items": []}


def test_stripe_goes_on_behind_the_last_id_whatever_happens_before() -> None:
    with Sandbox(rows={"items": ITEMS}) as sandbox, Client(sandbox) as client:
        first = client.json("/shapes/stripe", limit=100)
        last = first["data"][-1]["id"]
        expected = client.json("/shapes/stripe", limit=100, starting_after=last)
        sandbox.delete("items", 3, 4)
        second = client.json("/shapes/stripe", limit=100, starting_after=last)
        assert second == expected
        left = [row["id"] for row in sandbox.rows("items")]
        assert (first["has_more"], second["data"][0]["id"]) == (True, left[98])
        sandbox.delete("items", last)
        gone = client.get("/shapes/stripe", starting_after=last)
        assert (gone.status_code, "No such record" in gone.text) == (400, True)


def test_a_cursor_that_is_always_there_ends_by_has_more(client: Client) -> None:
    first = client.json("/shapes/cursor_always", limit=200)
    last = client.json("/shapes/cursor_always", limit=200, cursor=first["next_cursor"])
    assert (first["has_more"], last["has_more"], len(last["items"])) == (True, False, 50)
    assert last["next_cursor"]
    beyond = client.json("/shapes/cursor_always", cursor=last["next_cursor"])
    assert (beyond["items"], beyond["has_more"]) == ([], False)
    assert client.get("/shapes/cursor_always", cursor="nonsense").status_code == 400


def test_a_total_may_not_know_the_filter(api: Sandbox, client: Client) -> None:
    since = sorted(row["updated_at"][:10] for row in api.rows("items"))[-20]
    some = client.json("/shapes/unfiltered_total", updated_after=since)
    assert (some["total"], 0 < len(some["items"]) < 60) == (250, True)
    known = client.json("/shapes/offset_total", updated_after=since)
    assert known["total"] == len(known["items"]) == len(some["items"])


def test_a_server_that_ignores_the_page_gives_the_first_again(client: Client) -> None:
    first = client.json("/shapes/ignores_page")
    assert client.json("/shapes/ignores_page", page=2) == first
    assert client.json("/shapes/ignores_page_next", page=7)["next"] == 2


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("next_number", {"next": 2}, {}),
        ("total", {"total": 250}, {}),
        ("x_total_count", {}, {"X-Total-Count": "250"}),
        ("has_more", {"has_more": True}, {}),
        ("total_pages", {"total_pages": 3}, {}),
    ],
)
def test_one_sign_alone_says_that_there_is_more(
    client: Client, name: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    response = client.get(f"/shapes/sign_{name}")
    assert {name: value for name, value in response.json().items() if name != "items"} == body
    assert headers.items() <= dict(response.headers).items()
    last = client.json(f"/shapes/sign_{name}", page=3)
    assert len(last["items"]) == 50
    assert last.get("next", False) in (None, False)
    assert last.get("has_more", False) is False


def test_orders_and_filters_have_their_names(api: Sandbox, client: Client) -> None:
    """A shape's parameters are those of its kind, and no other's."""
    times = sorted(row["updated_at"] for row in api.rows("items"))
    newest = client.json("/shapes/datasette", _sort_desc="updated_at")["rows"]
    assert newest == sorted(newest, key=lambda row: row["updated_at"], reverse=True)
    fallen = client.get("/shapes/gitlab", order_by="id", sort="desc").json()
    assert [row["id"] for row in fallen] == sorted((row["id"] for row in fallen), reverse=True)
    assert len(client.json("/shapes/kinto", _since=times[-1])["data"]) < 5
    assert len(client.json("/shapes/from_1", offset=50, limit=3, page_size=3)["items"]) == 100


def test_any_stream_comes_in_any_shape_and_with_faults() -> None:
    with Sandbox(rows={"buyers": 30}) as sandbox, Client(sandbox) as client:
        twenty: Any = {"$top": 20}
        assert len(client.json("/shapes/graph/buyers", **twenty)["value"]) == 20
        sandbox.fault("status", stream="buyers", page=2, code=503)
        cursor = client.json("/shapes/datasette/buyers", _size=20)["next"]
        assert client.get("/shapes/datasette/buyers", _size=20, _next=cursor).status_code == 503
        assert client.get("/shapes/nothing").status_code == 404
        assert client.get("/shapes/graph/nobody").status_code == 404
