"""Tokens of Auth0, of Azure AD, and of servers with resource indicators; and what they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.server import Request, Response, serving
from tests.support.compatibility.token_servers import (
    AUDIENCE,
    CALENDARS,
    CLIENT,
    Rotating,
    auth0,
    azure,
    basic_only,
    behind,
    body_only,
    fields,
    issued,
    resource_indicators,
)
from tests.support.harness import InstantClock, Outcome, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    TokenEndpoint = Callable[[Request], Response]

SECRETS = (CLIENT[1], "wrong-secret", "issued-token", "refresh-1", "refresh-2")
ENTRY = {
    "name": "rows",
    "schema": {"properties": {"id": {"type": "integer"}}},
    "endpoint": {"path": "rows", "data_selector": "data", "paginator": "single_page"},
}


def read(
    endpoint: TokenEndpoint,
    path: str = "/token",
    routes: Callable[[Request], Response] | None = None,
    entry: Mapping[str, Any] = ENTRY,
    **auth: Any,  # noqa: ANN401  # keys of dlt's block
) -> tuple[Outcome, list[Request]]:
    """Read with a token of that endpoint."""
    with serving(routes or behind(endpoint)) as server:
        block = {
            "type": "oauth2_client_credentials",
            "access_token_url": server.base_url + path,
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            **auth,
        }
        client = {"base_url": server.base_url, "auth": block}
        outcome = sync({"client": client, "resources": [entry]}, clock=InstantClock())
        said = json.dumps(outcome.report) + "\n".join(outcome.log) + json.dumps(outcome.state)
        assert [secret for secret in SECRETS if secret in said] == []
        return outcome, server.requests


def data(**fields_: object) -> dict[str, Any]:
    """Further fields of the request, as dlt names them."""
    return {"access_token_request_data": fields_}


V2, V1 = "/own-tenant/oauth2/v2.0/token", "/own-tenant/oauth2/token"
WORKS: dict[str, tuple[TokenEndpoint, str, dict[str, Any]]] = {
    "Auth0": (auth0, "/oauth/token", data(audience=AUDIENCE)),
    "Auth0, as JSON": (auth0, "/oauth/token", {**data(audience=AUDIENCE), "auth_style": "json"}),
    "Auth0, in a header": (
        auth0,
        "/oauth/token",
        {**data(audience=AUDIENCE), "auth_style": "basic"},
    ),
    "Azure AD": (azure, V2, data(scope=f"{AUDIENCE}/.default")),
    "Azure AD, the scope by its own key": (azure, V2, {"scope": f"{AUDIENCE}/.default"}),
    "Azure AD, version 1": (azure, V1, data(resource=AUDIENCE)),
    "resource indicators": (resource_indicators, "/token", data(resource=[*CALENDARS])),
    "resource indicators, in a header": (
        resource_indicators,
        "/token",
        {**data(resource=[*CALENDARS]), "auth_style": "basic"},
    ),
    "a server that wants a header": (basic_only, "/token", {"auth_style": "basic"}),
    "a server that wants the body": (body_only, "/token", {}),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_token_is_had_and_used(name: str) -> None:
    endpoint, path, auth = WORKS[name]
    outcome, requests = read(endpoint, path, **auth)
    assert len(outcome.records("rows")) == 3, outcome.report["error"]
    assert sum(request.path == path for request in requests) == 1


REFUSED: dict[str, tuple[TokenEndpoint, str, dict[str, Any], tuple[str, ...]]] = {
    "Auth0, another secret": (
        auth0,
        "/oauth/token",
        {**data(audience=AUDIENCE), "client_secret": "wrong-secret"},
        ("401 (access_denied: Unauthorized)", "check `client_id`, `client_secret` and, where"),
    ),
    "Auth0, no audience": (
        auth0,
        "/oauth/token",
        {},
        ("403 (access_denied: No audience parameter was provided", "`audience` in"),
    ),
    "Auth0, an audience that it does not know": (
        auth0,
        "/oauth/token",
        data(audience="https://unknown.example.com"),
        ("403 (access_denied: Service not found", "`audience` in `access_token_request_data`"),
    ),
    "Auth0, an audience that is not for this client": (
        auth0,
        "/oauth/token",
        data(audience="https://other.example.com"),
        ("403 (access_denied: Client is not authorized to access", "client-grant"),
    ),
    "Azure AD, another secret": (
        azure,
        V2,
        {**data(scope=f"{AUDIENCE}/.default"), "client_secret": "wrong-secret"},
        ("401 (invalid_client: AADSTS7000215: Invalid client secret", "check `client_id`"),
    ),
    "Azure AD, another client": (
        azure,
        V2,
        {**data(scope=f"{AUDIENCE}/.default"), "client_id": "another"},
        ("400 (unauthorized_client: AADSTS700016: Application with", "check `client_id`"),
    ),
    "Azure AD, another tenant": (
        azure,
        "/x/oauth2/v2.0/token",
        data(scope=f"{AUDIENCE}/.default"),
        ("400 (invalid_request: AADSTS90002: Tenant not found. Trace ID",),
    ),
    "Azure AD, no scope": (
        azure,
        V2,
        {},
        ("400 (invalid_request: AADSTS900144: The request body must contain", "'scope'"),
    ),
    "Azure AD, a scope without the ending": (
        azure,
        V2,
        data(scope=f"{AUDIENCE}/read"),
        ("400 (invalid_scope: AADSTS1002012: Client credential flows", "check `scope`."),
    ),
    "Azure AD, a resource that it does not know": (
        azure,
        V1,
        data(resource="https://unknown.example.com"),
        ("400 (invalid_resource: AADSTS500011: The resource", "`resource` in"),
    ),
    "resource indicators, one is missing": (
        resource_indicators,
        "/token",
        data(resource=CALENDARS[0]),
        ("400 (invalid_target: resource", "check `resource` in `access_token_request_data`."),
    ),
    "credentials in the body for a server that wants a header": (
        basic_only,
        "/token",
        {},
        ("401 (invalid_client: Client authentication failed)", "`auth_style`"),
    ),
    "credentials in a header for a server that wants the body": (
        body_only,
        "/token",
        {"auth_style": "basic"},
        ("400 (invalid_request: Missing client_id)", "`auth_style`"),
    ),
    "an error that is an object": (
        lambda _: Response({"error": {"code": 17, "message": "no such app"}}, 400),
        "/token",
        {},
        ('400 ({"error": {"code": 17, "message": "no such app"}})', "check `token_url`"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_the_server_said_and_what_to_look_at(name: str) -> None:
    endpoint, path, auth, parts = REFUSED[name]
    outcome, _ = read(endpoint, path, **auth)
    sentence = str(outcome.report["error"])
    assert sentence.startswith("No token from http")
    assert [part for part in parts if part not in sentence] == [], sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("told", "configured", "tokens"),
    [({}, 60, 2), ({}, 600, 1), ({"expires_in": "60"}, 600, 2), ({"expires_in": 600}, 60, 1)],
)
def test_a_token_is_renewed_after_the_lifetime_that_is_told_or_else_the_configured_one(
    told: dict[str, object], configured: int, tokens: int
) -> None:
    waited: list[str] = []

    def busy_at_first(request: Request) -> Response:
        if request.path == "/rows" and not waited:
            waited.append("for more than the lifetime")
            return Response({}, 429, {"Retry-After": "100"})
        response = behind(lambda _: issued(**told))(request)
        if request.path == "/rows" and not request.query:
            response.body["next"] = "/rows?page=2"
        return response

    endpoint = {"path": "rows", "data_selector": "data", "paginator": "json_link"}
    outcome, requests = read(
        auth0,
        routes=busy_at_first,
        entry={**ENTRY, "endpoint": endpoint},
        default_token_expiration=configured,
    )
    assert outcome.records("rows")
    assert sum(request.path == "/token" for request in requests) == tokens


def test_a_refresh_token_that_is_replaced_each_time_is_never_used_twice(tmp_path: Path) -> None:
    kept = {"refresh_token": "refresh-1", "refresh_token_path": str(tmp_path / "refresh.json")}
    server = Rotating()
    # The file names the server, so that it stays the same one over the runs.
    with serving(behind(server)) as api:
        for _ in range(3):
            block = {"type": "oauth2", "token_url": f"{api.base_url}/token", **kept}
            client = {"base_url": api.base_url, "auth": block}
            outcome = sync({"client": client, "resources": [ENTRY]}, clock=InstantClock())
            assert len(outcome.records("rows")) == 3, outcome.report["error"]
        grants = {fields(each)["grant_type"][0] for each in api.requests if each.path == "/token"}
    assert server.used == ["refresh-1", "refresh-2", "refresh-3"]
    assert grants == {"refresh_token"}


def test_a_refresh_token_that_was_used_before_is_named() -> None:
    server = Rotating()
    assert len(read(server, refresh_token="refresh-1")[0].records("rows")) == 3
    sentence = str(read(server, refresh_token="refresh-1")[0].report["error"])
    assert "400 (invalid_grant: Unknown or invalid refresh token.)" in sentence
    assert sentence.endswith("the refresh token is not valid any more: check `refresh_token`.")
