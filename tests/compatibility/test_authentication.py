"""Every kind of credentials that dlt knows, for the client and for one endpoint; and none."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.prepare import prepare_config
from tap_analytics.streams.registry import built_in_streams
from tests.support.compatibility.endpoints import respond
from tests.support.compatibility.server import serving
from tests.support.harness import Outcome, StillClock, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.compatibility.server import ShapeServer

SCHEMA = {"properties": {"id": {"type": "integer"}}}
OAUTH = {"type": "oauth2_client_credentials", "client_id": "c", "client_secret": "client-secret"}
SECRETS = ("secret-key", "pass word", "own-token", "client-secret", "issued-token", "refresh-1")


@pytest.fixture
def server() -> Iterator[ShapeServer]:
    with serving(respond) as server:
        yield server


def read(server: ShapeServer, path: str, **config: Any) -> Outcome:  # noqa: ANN401  # any setting
    """Read one resource in one page."""
    endpoint = {"path": path, "data_selector": "data", "paginator": "single_page"}
    endpoint |= config.pop("endpoint", {})
    config["client"] = {"base_url": server.base_url, **config.pop("client", {})}
    entry = {"name": "rows", "schema": SCHEMA, "endpoint": endpoint}
    outcome = sync({"resources": [entry], **config}, clock=StillClock())
    said = json.dumps(outcome.report) + "\n".join(outcome.log) + json.dumps(outcome.state)
    assert [secret for secret in SECRETS if secret in said] == []
    return outcome


def count(outcome: Outcome) -> int:
    """The number of records that came."""
    return len(outcome.records("rows"))


AUTHS: list[tuple[str, Any]] = [
    ("/key-header", {"type": "api_key", "name": "X-Key", "api_key": "secret-key"}),
    (
        "/key-query",
        {"type": "api_key", "name": "api_key", "api_key": "secret-key", "location": "query"},
    ),
    (
        "/key-query",
        {"type": "api_key", "name": "api_key", "api_key": "secret-key", "location": "param"},
    ),
    (
        "/key-cookie",
        {"type": "api_key", "name": "session", "api_key": "secret-key", "location": "cookie"},
    ),
    ("/key-authorization", {"type": "api_key", "api_key": "secret-key"}),
    ("/basic", {"type": "http_basic", "username": "user", "password": "pass word"}),
    ("/bearer", {"type": "bearer", "token": "own-token"}),
    ("/bearer", {"token": "own-token"}),
    ("/issued", {**OAUTH, "access_token_request_data": {"audience": "rows"}}),
]


@pytest.mark.parametrize(("path", "auth"), AUTHS)
def test_credentials_are_sent_for_the_client_for_an_endpoint_and_as_a_setting(
    server: ShapeServer, path: str, auth: dict[str, Any]
) -> None:
    if path == "/issued":
        auth = {**auth, "access_token_url": f"{server.base_url}/token"}
    assert count(read(server, path, client={"auth": auth})) == 10
    assert count(read(server, path, endpoint={"auth": auth})) == 10
    assert count(read(server, path, auth=auth)) == 10


def test_an_open_api_is_read_without_credentials_and_gets_none(server: ShapeServer) -> None:
    assert count(read(server, "/rows")) == 10
    assert [r for r in server.requests if "authorization" in r.headers] == []
    refused = read(server, "/bearer")
    assert refused.stream("rows")["error"].endswith(
        "No credentials were sent, and the API requires some: set `auth`, `access_token`, or "
        "`token_url`, `client_id` and `client_secret`."
    )


def test_built_in_streams_still_need_credentials() -> None:
    sentence = (
        "There are no credentials: set `access_token`, or `token_url`, `client_id` and "
        "`client_secret`."
    )
    url = {"base_url": "https://api.example.com"}
    for config in (
        {},
        {"api": "marketplace", "resources": ["x"]},
        {"resources": ["buyers"]},
        {"resources": [{"name": "x", "api": "accounting"}]},
        {"resources": [{"name": "x", "endpoint": "buyers/{resources.buyers.id}/x"}]},
    ):
        assert prepare_config(url | config, built_in_streams()).problems == [sentence]
    assert prepare_config({**url, "resources": ["x"]}, built_in_streams()).problems == []


def test_an_authorization_header_is_sent_as_it_is(server: ShapeServer) -> None:
    header = {"Authorization": "Bearer own-token"}
    assert count(read(server, "/bearer", headers=header)) == 10
    assert count(read(server, "/bearer", client={"headers": header})) == 10
    own = {"auth": {"type": "bearer", "token": "other"}, "client": {}}
    assert count(read(server, "/bearer", endpoint={"headers": header}, **own)) == 10
    config = {"base_url": "https://a.example", "headers": header, "access_token": "t"}
    assert prepare_config(config, built_in_streams()).problems == [
        (
            "`headers.Authorization` and `access_token` are both set, and both would be sent as "
            "`Authorization`: keep one."
        )
    ]


def test_an_endpoint_of_its_own_credentials_gets_those_and_not_the_clients(
    server: ShapeServer,
) -> None:
    auth = {"type": "api_key", "name": "X-Key", "api_key": "secret-key"}
    outcome = read(
        server, "/key-header", endpoint={"auth": auth}, client={"auth": {"token": "own-token"}}
    )
    assert count(outcome) == 10
    assert "authorization" not in server.requests[0].headers


def test_a_refresh_token_is_replaced_for_the_run_and_kept_in_a_file(
    server: ShapeServer, tmp_path: Path
) -> None:
    path = tmp_path / "refresh.json"
    auth = {
        "type": "oauth2",
        "token_url": f"{server.base_url}/token",
        "client_id": "c",
        "refresh_token": "refresh-1",
        "refresh_token_path": str(path),
    }
    assert count(read(server, "/issued", auth=auth)) == 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert count(read(server, "/issued", auth=auth)) == 10
    tokens = [r.form["refresh_token"] for r in server.requests if r.path == "/token"]
    assert tokens == ["refresh-1", "refresh-1+"]
    # A token that is configured anew goes before the one in the file.
    assert count(read(server, "/issued", auth={**auth, "refresh_token": "refresh-2"})) == 10
    newest = [r.form["refresh_token"] for r in server.requests if r.path == "/token"][-1]
    assert newest == "refresh-2"
    path.write_text("{}")
    broken = read(server, "/issued", auth=auth)
    assert "The refresh token file" in str(broken.report["error"])


def test_dlts_form_of_a_refresh_token_works_too(server: ShapeServer) -> None:
    data = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    auth = {
        **OAUTH,
        "access_token_url": f"{server.base_url}/token",
        "access_token_request_data": data,
        "default_token_expiration": 60,
    }
    assert count(read(server, "/issued", client={"auth": auth})) == 10


def test_a_type_alone_takes_its_values_from_the_settings(server: ShapeServer) -> None:
    outcome = read(server, "/bearer", client={"auth": "bearer"}, access_token="own-token")
    assert count(outcome) == 10
    config = {"client": {"base_url": server.base_url, "auth": "bearer"}, "resources": ["x"]}
    assert prepare_config(config, built_in_streams()).problems == [
        "`access_token` is missing: `auth` of the type `bearer` needs it."
    ]
