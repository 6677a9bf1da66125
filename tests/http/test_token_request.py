"""How a token is requested, and what is reported when the client is refused."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from tap_analytics.http.oauth2 import TokenRequest
from tests.support.harness import StillClock, connected, sync
from tests.support.json_server import JSONServer
from tests.support.one_stream import data_requests, read, token_requests

if TYPE_CHECKING:
    import requests

    from tap_analytics.sandbox import Sandbox


TOKEN_PATH = {"accounting": "/connect/token", "marketplace": "/authenticate/"}


def test_all_streams_of_a_run_share_one_token(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, api="marketplace"))
    assert outcome.error is None
    assert len(outcome.report["streams"]) == 6
    assert sandbox.tokens_issued == 1
    assert {entry.headers["authorization"] for entry in data_requests(sandbox)} == {"Bearer"}


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
@pytest.mark.parametrize("style", ["form", "basic", "json"])
def test_each_auth_style_is_accepted_and_sent_in_its_own_form(
    sandbox: Sandbox, api: str, style: str
) -> None:
    stream = "contacts" if api == "accounting" else "buyers"
    outcome = read(connected(sandbox, api, auth_style=style))
    assert outcome.error is None
    assert len(outcome.records(stream)) == 25
    (request,) = token_requests(sandbox)
    assert request.headers.get("authorization") == ("Basic" if style == "basic" else None)
    kind = "application/json" if style == "json" else "application/x-www-form-urlencoded"
    assert request.headers["content-type"] == kind
    assert request.query == {}


def test_the_credentials_stand_where_the_style_puts_them_and_nowhere_else() -> None:
    def prepared(style: str, scope: str | None = "a b") -> requests.PreparedRequest:
        pair = ("me:1 & you", "s/e+c%r é")
        return TokenRequest("https://id.example.com/t", *pair, scope, style).request().prepare()

    grant = {"grant_type": "client_credentials", "scope": "a b"}
    pair = {"client_id": "me:1 & you", "client_secret": "s/e+c%r é"}
    assert dict(parse_qsl(str(prepared("form").body))) == grant | pair
    assert json.loads(prepared("json").body or b"") == grant | pair
    basic = prepared("basic")
    assert dict(parse_qsl(str(basic.body))) == grant
    scheme, _, value = basic.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(value) == b"me%3A1%20%26%20you:s%2Fe%2Bc%25r%20%C3%A9"
    for style in ("form", "basic", "json"):
        assert prepared(style).url == "https://id.example.com/t"
        assert "scope" not in str(prepared(style, scope=None).body)
    assert "Authorization" not in prepared("form").headers
    assert "Authorization" not in prepared("json").headers


@pytest.mark.parametrize("style", ["form", "basic", "json"])
def test_the_scope_is_sent_when_set(sandbox: Sandbox, style: str) -> None:
    """The sandbox refuses a scope that it does not know, so the scope was received."""
    known = read(connected(sandbox, auth_style=style, scope="marketplace.read"))
    assert known.error is None
    assert token_scopes(sandbox) == ["marketplace.read"]
    refused = read(connected(sandbox, auth_style=style, scope="everything"))
    assert refused.error is not None
    assert read(connected(sandbox, auth_style=style)).error is None
    assert token_scopes(sandbox) == ["marketplace.read", ""]


def token_scopes(sandbox: Sandbox) -> list[str]:
    return [token.scope for token in sandbox._application.oauth.tokens.values()]


@pytest.mark.parametrize(
    ("settings", "error", "advice"),
    [
        (
            {"client_secret": "not-the-secret"},
            "invalid_client",
            "check `client_id`, `client_secret` and `auth_style`",
        ),
        (
            {"client_id": "sandbox-other-client"},
            "unauthorized_client",
            "check `client_id`: this client may not use client credentials",
        ),
        ({"scope": "everything"}, "invalid_scope", "check `scope`"),
    ],
)
@pytest.mark.parametrize("api", ["accounting", "marketplace"])
def test_a_refused_client_is_final_for_every_stream(
    sandbox: Sandbox, api: str, settings: dict[str, Any], error: str, advice: str
) -> None:
    # The statuses for which the API's responses are retried do not matter to a refused client.
    handler = {"retry_on_status_codes": [400, 401, 403, 429]}
    outcome = sync(connected(sandbox, api, error_handler=handler, **settings))
    assert outcome.error is not None
    assert len(token_requests(sandbox)) == 1
    assert data_requests(sandbox) == []
    assert outcome.waits == []
    sentence = outcome.report["error"]
    assert sentence.startswith(f"No token from {sandbox.token_url(api)}: it returned 40")
    assert f" ({error}: " in sentence
    assert sentence.endswith(f"); {advice}.")
    assert sum(sentence in line for line in outcome.log) == 1
    assert {stream["status"] for stream in outcome.report["streams"]} <= {"failed", "not started"}
    assert not outcome.of("RECORD")


def test_a_redirect_of_the_token_endpoint_is_not_followed_but_reported(sandbox: Sandbox) -> None:
    config = connected(sandbox, token_url=sandbox.base_url + "/authenticate")
    outcome = read(config)
    assert [(entry.method, entry.path) for entry in sandbox.requests] == [("POST", "/authenticate")]
    assert (
        "it redirects to /authenticate/: set `token_url` to the final address"
        in (outcome.report["error"])
    )


def test_a_token_url_that_is_no_token_endpoint_is_reported(sandbox: Sandbox) -> None:
    outcome = read(connected(sandbox, token_url=sandbox.base_url + "/nowhere"))
    assert "it returned 404" in outcome.report["error"]
    assert outcome.report["error"].endswith("check `token_url`.")
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "code": 503},
        {"action": "status", "code": 429},
        {"action": "drop"},
        {"action": "truncate"},
        {"action": "short_body"},
    ],
)
def test_a_token_endpoint_that_fails_is_retried(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(path=TOKEN_PATH["marketplace"], times=2, **fault)
    outcome = read(connected(sandbox), clock=StillClock())
    assert outcome.error is None
    assert len(outcome.records("buyers")) == 25
    assert outcome.waits == [2.0, 4.0]


def test_a_token_endpoint_that_stays_away_ends_the_run_at_once(sandbox: Sandbox) -> None:
    sandbox.fault("drop", path=TOKEN_PATH["marketplace"], times=99)
    outcome = sync(connected(sandbox), clock=StillClock())
    assert outcome.error is not None
    assert outcome.waits == [2.0, 4.0, 8.0]
    assert len(sandbox.requests) == 4
    assert "failed after 3 retries" in outcome.report["error"]


SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


@pytest.mark.parametrize("token", ["a-token\r\nX-Other: 1", "tok€n-of-the-run", "a token"])
def test_a_token_that_no_header_can_carry_is_told(token: str) -> None:
    """It was told as a failure that the tap does not know."""
    with JSONServer(lambda _: {"access_token": token, "expires_in": 3600}) as server:
        config = {
            "base_url": server.url,
            "token_url": f"{server.url}/token",
            "client_id": "own-client",
            "client_secret": "own-secret",
            "resources": [{"name": "items", "endpoint": "items", "schema": SCHEMA}],
        }
        outcome = sync(config)
    assert f"The token from {server.url}/token cannot be sent" in str(outcome.report["error"])
    assert token not in str(outcome.report)
