"""Each fault does what it says, as often as it says, and nothing else."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.sandbox_client import Client

ROWS = {"buyers": 250, "contacts": 250, "opportunities": 150, "contracts": 150}
EACH = [("buyers", "/buyers"), ("contacts", "/v1/contacts")]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows=ROWS) as sandbox:
        yield sandbox


@pytest.mark.parametrize("code", [401, 403, 404, 503])
def test_a_status_shows_once_on_its_page(sandbox: Sandbox, client: Client, code: int) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=code)
    codes = [client.get("/buyers", page=page).status_code for page in (1, 2, 2, 3)]
    assert codes == [200, code, 200, 200]


def test_a_rule_counts_its_requests(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", path="/buyers", nth=2, times=2, code=500)
    assert [client.get("/buyers").status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_rule_for_ever_ends_when_it_is_cleared(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", times=None, code=500)
    assert [client.get(path).status_code for _, path in EACH] == [500, 500]
    sandbox.clear()
    assert [client.get(path).status_code for _, path in EACH] == [200, 200]


def test_refusals_are_worded_as_the_api_does(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="contacts", code=403)
    document = client.get("/v1/contacts").json()
    assert (document["Title"], document["Detail"]) == ("Forbidden", "AuthenticationUnsuccessful")
    sandbox.fault("status", stream="contacts", code=400)
    assert client.get("/v1/contacts").json()["ErrorNumber"] == 10
    sandbox.fault("status", stream="buyers", code=403)
    assert list(client.get("/buyers").json()) == ["detail"]


def test_500_is_html_with_a_byte_order_mark(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="contacts", code=500)
    response = client.get("/v1/contacts")
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.content.startswith(b"\xef\xbb\xbf<!DOCTYPE html>")


def test_429_with_and_without_retry_after(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="contacts", code=429)
    sandbox.fault("status", stream="contacts", nth=2, code=429, retry_after=22, problem="minute")
    sandbox.fault("status", stream="contacts", nth=3, code=429, retry_after="date:90")
    bare, seconds, date = (client.get("/v1/contacts") for _ in range(3))
    assert {response.status_code for response in (bare, seconds, date)} == {429}
    assert "Retry-After" not in bare.headers
    assert seconds.headers["Retry-After"] == "22"
    assert seconds.headers["X-Rate-Limit-Problem"] == "minute"
    then = parsedate_to_datetime(date.headers["Retry-After"])
    assert timedelta(seconds=60) < then - datetime.now(UTC) <= timedelta(seconds=90)


def test_a_status_with_a_body_of_its_own(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="buyers", code=400, body='{"detail": "no"}')
    assert client.get("/buyers").json() == {"detail": "no"}


def test_slow_responses_take_their_time(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("slow", stream="buyers", seconds=0.15)
    sandbox.fault("slow", stream="contacts", seconds=0.15, late=True)
    for _, path in EACH:
        started = time.monotonic()
        assert client.get(path).status_code == 200
        assert time.monotonic() - started >= 0.15


def test_truncated_json_has_a_length_that_agrees(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("truncate", stream="buyers", keep=0.9)
    response = client.get("/buyers", {"Accept-Encoding": "identity"})
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.content)
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.content)


def test_a_short_body_has_a_length_that_does_not(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("short_body", stream="buyers")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.get("/buyers")
    assert client.get("/buyers").status_code == 200


def test_a_dropped_connection_is_no_response(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("drop", stream="buyers")
    with pytest.raises(requests.exceptions.ConnectionError, match="closed connection"):
        client.get("/buyers")
    assert sandbox.requests[-1].status is None
    assert client.get("/buyers").status_code == 200


def test_a_redirect(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("redirect", stream="buyers")
    response = client.get("/buyers")
    assert (response.status_code, response.headers["Location"]) == (301, "/buyers/")


@pytest.mark.parametrize(("stream", "path"), EACH)
def test_past_the_end_either_way(sandbox: Sandbox, client: Client, stream: str, path: str) -> None:
    key = "results" if stream == "buyers" else "Contacts"
    sandbox.fault("past_end", stream=stream, how="404")
    assert client.get(path, page=9).status_code == 404
    sandbox.fault("past_end", stream=stream, how="empty")
    assert client.json(path, page=9)[key] == []


@pytest.mark.parametrize(("stream", "path"), EACH)
def test_capped_pages_change_what_is_counted(
    sandbox: Sandbox, client: Client, stream: str, path: str
) -> None:
    sandbox.fault("cap", stream=stream, size=60)
    first, last = client.json(path, page_size=100), client.json(path, page=5, page_size=100)
    key = "results" if stream == "buyers" else "Contacts"
    assert (len(first[key]), len(last[key])) == (60, 10)
    if stream == "contacts":
        assert first["pagination"]["pageCount"] == 5
    else:
        assert (first["count"], last["next"]) == (250, None)


@pytest.mark.parametrize(("stream", "path"), EACH)
def test_the_records_key_goes_wrong(
    sandbox: Sandbox, client: Client, stream: str, path: str
) -> None:
    key = "results" if stream == "buyers" else "Contacts"
    for how in ("missing", "null", "object"):
        sandbox.fault("records", stream=stream, how=how)
        document = client.json(path)
        assert (key in document) is (how != "missing")
        assert type(document.get(key)) is (dict if how == "object" else type(None))
    assert len(client.json(path)[key]) == 100


def test_envelopes_go_wrong(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("envelope_status", stream="contacts")
    assert client.json("/v1/contacts")["Status"] == "ERROR"
    sandbox.fault("omit", stream="contacts", keys=["pagination"])
    assert "pagination" not in client.json("/v1/contacts")
    sandbox.fault("omit", stream="buyers", keys=["count", "next"])
    assert list(client.json("/buyers")) == ["previous", "results"]
    sandbox.fault("error_200", stream="buyers")
    assert list(client.json("/buyers")) == ["detail"]


def test_a_server_that_ignores_what_it_is_asked(sandbox: Sandbox, client: Client) -> None:
    first = client.ids("/buyers")
    sandbox.fault("ignore_page", stream="buyers")
    assert client.ids("/buyers", page=3) == first
    sandbox.fault("ignore_since", stream="buyers")
    assert client.json("/buyers", last_modified_at_after="2030-01-01T00:00:00Z")["count"] == 250
    sandbox.fault("ignore_order", stream="buyers")
    assert client.ids("/buyers", ordering="id") == first


def test_a_filter_may_leave_equal_times_out(sandbox: Sandbox, client: Client) -> None:
    latest = max(
        datetime.fromisoformat(row["last_modified_at"]) for row in sandbox.rows("buyers")
    ).isoformat()
    assert client.json("/buyers", last_modified_at_after=latest)["count"] > 0
    sandbox.fault("exclusive", stream="buyers")
    assert client.json("/buyers", last_modified_at_after=latest)["count"] == 0


def test_a_filter_may_read_times_in_another_zone(sandbox: Sandbox, client: Client) -> None:
    since = "2024-01-01T00:00:00Z"
    assert client.json("/buyers", last_modified_at_after=since)["count"] == 250
    sandbox.fault("since_zone", stream="buyers", hours=24 * 100)
    assert 0 < client.json("/buyers", last_modified_at_after=since)["count"] < 250


def test_links_may_lead_elsewhere(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("foreign_links")
    document = client.json("/v2/opportunities")
    assert document["links"]["next"].startswith("https://elsewhere.example.com/")
    assert "elsewhere" in client.get("/v2/contracts").links["next"]["url"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"action": "explode"}, "no action 'explode'"),
        ({"action": "drop", "stream": "buyer"}, "no stream 'buyer'"),
        ({"action": "drop", "pages": 2}, "not \\['pages'\\]"),
        ({"action": "status"}, "needs \\['code'\\]"),
    ],
)
def test_a_rule_that_could_never_apply_is_refused(
    sandbox: Sandbox, rule: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        sandbox.fault(**rule)


def test_503_may_say_when_to_come_back(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("status", stream="buyers", code=503, retry_after=5)
    assert client.get("/buyers").headers["Retry-After"] == "5"
