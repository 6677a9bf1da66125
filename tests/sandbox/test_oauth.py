"""The sandbox grants and refuses tokens as OAuth2 says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

APIS = ["accounting", "marketplace"]
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": 3, "contacts": 3}) as sandbox:
        yield sandbox


def credentials(sandbox: Sandbox) -> dict[str, str]:
    return {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}


def ask(sandbox: Sandbox, api: str = "accounting", **form: str) -> requests.Response:
    return requests.post(sandbox.token_url(api), data={**GRANT, **form}, timeout=10)


def read(sandbox: Sandbox, token: str, path: str = "/buyers") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(sandbox.base_url + path, headers=headers, timeout=10)


@pytest.mark.parametrize("api", APIS)
def test_credentials_travel_as_form_basic_or_json(sandbox: Sandbox, api: str) -> None:
    url, known = sandbox.token_url(api), credentials(sandbox)
    basic = (sandbox.client_id, sandbox.client_secret)
    responses = [
        requests.post(url, data={**GRANT, **known}, timeout=10),
        requests.post(url, data=GRANT, auth=basic, timeout=10),
        requests.post(url, json={**GRANT, **known}, timeout=10),
        requests.post(url, json=known, timeout=10),
    ]
    for response in responses:
        assert response.status_code == 200, response.text
        assert response.headers["Cache-Control"] == "no-store"
        token = response.json()["access_token"]
        assert "refresh_token" not in response.json()
        assert read(sandbox, token).status_code == 200
        assert read(sandbox, token, "/v1/contacts").status_code == 200
    assert sandbox.tokens_issued == 4


def test_each_api_has_its_own_life_and_type(sandbox: Sandbox) -> None:
    accounting = ask(sandbox, **credentials(sandbox)).json()
    marketplace = ask(sandbox, "marketplace", **credentials(sandbox)).json()
    assert (accounting["token_type"], accounting["expires_in"]) == ("Bearer", 1_800)
    assert (marketplace["token_type"], marketplace["expires_in"]) == ("bearer", 86_400)


@pytest.mark.parametrize("api", APIS)
def test_a_wrong_secret_is_invalid_client(sandbox: Sandbox, api: str) -> None:
    response = ask(sandbox, api, client_id=sandbox.client_id, client_secret="wrong")
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("secret", [None, ""])
def test_no_secret_is_invalid_client(sandbox: Sandbox, secret: str | None) -> None:
    form = {"client_id": sandbox.client_id} | ({} if secret is None else {"client_secret": secret})
    response = ask(sandbox, **form)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_an_unknown_client_by_basic_is_invalid_client(sandbox: Sandbox) -> None:
    url = sandbox.token_url("accounting")
    response = requests.post(url, data=GRANT, auth=("nobody", "x"), timeout=10)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "authorization_code", ""])
def test_another_grant_is_unsupported(sandbox: Sandbox, grant: str) -> None:
    response = ask(sandbox, grant_type=grant, **credentials(sandbox))
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


def test_a_client_without_the_grant_is_unauthorized(sandbox: Sandbox) -> None:
    response = ask(sandbox, client_id="sandbox-other-client", client_secret=sandbox.client_secret)
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")


def test_scopes_are_granted_or_refused(sandbox: Sandbox) -> None:
    known = credentials(sandbox)
    good = ask(sandbox, scope="accounting.contacts marketplace.read", **known)
    assert good.json()["scope"] == "accounting.contacts marketplace.read"
    bad = ask(sandbox, scope="accounting.contacts everything", **known)
    assert (bad.status_code, bad.json()["error"]) == (400, "invalid_scope")
    assert "scope" not in ask(sandbox, **known).json()


@pytest.mark.parametrize("body", ["not json", "[1]", "{}"])
def test_a_body_that_says_nothing_is_refused(sandbox: Sandbox, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    url = sandbox.token_url("marketplace")
    assert requests.post(url, data=body, headers=headers, timeout=10).status_code in {400, 401}


def test_without_the_slash_the_marketplace_redirects(sandbox: Sandbox) -> None:
    url = sandbox.base_url + "/authenticate"
    response = requests.post(url, json=credentials(sandbox), timeout=10, allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (301, "/authenticate/")
    followed = requests.post(url, json=credentials(sandbox), timeout=10)
    assert followed.status_code == 405


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer"])
def test_data_needs_a_good_token(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    marketplace = requests.get(sandbox.base_url + "/buyers", headers=headers, timeout=10)
    assert (marketplace.status_code, marketplace.json()) == (401, {"detail": "Invalid token."})
    accounting = requests.get(sandbox.base_url + "/v1/contacts", headers=headers, timeout=10)
    assert accounting.status_code == 401
    assert accounting.json()["Title"] == "Unauthorized"
    assert accounting.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_expired_and_revoked_tokens_are_refused(sandbox: Sandbox) -> None:
    expired = read(sandbox, sandbox.mint_token(lifetime=0))
    assert expired.status_code == 401
    assert 'error="invalid_token"' in expired.headers["WWW-Authenticate"]
    token = sandbox.mint_token()
    assert read(sandbox, token).status_code == 200
    assert sandbox.revoke_tokens() == 1
    assert read(sandbox, token).status_code == 401


@pytest.mark.parametrize(("how", "told"), [("number", 7), ("string", "7"), ("absent", None)])
def test_the_life_of_a_token_is_told_in_three_ways(how: str, told: object) -> None:
    with Sandbox(token_lifetime=7, expires_in=how) as sandbox:
        assert ask(sandbox, **credentials(sandbox)).json().get("expires_in") == told


def test_a_token_of_no_life_is_refused_at_once() -> None:
    with Sandbox(token_lifetime=0) as sandbox:
        token = ask(sandbox, **credentials(sandbox)).json()["access_token"]
        assert read(sandbox, token).status_code == 401


def test_the_token_endpoint_fails_on_request(sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/connect/token", code=503)
    assert ask(sandbox, **credentials(sandbox)).status_code == 503
    assert ask(sandbox, **credentials(sandbox)).status_code == 200


def test_secrets_stay_out_of_the_log(sandbox: Sandbox) -> None:
    token = ask(sandbox, **credentials(sandbox)).json()["access_token"]
    basic = (sandbox.client_id, sandbox.client_secret)
    requests.post(sandbox.token_url("accounting"), data=GRANT, auth=basic, timeout=10)
    read(sandbox, token)
    said = str(sandbox.requests)
    assert sandbox.client_secret not in said
    assert token not in said
    assert [entry.headers.get("authorization") for entry in sandbox.requests] == [
        None,
        "Basic",
        "Bearer",
    ]
