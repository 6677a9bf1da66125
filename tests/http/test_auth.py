"""One authenticator for the run: how it asks, when it renews, what it says when it is refused."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
import requests

from tap_analytics.config.settings import Settings
from tap_analytics.exceptions import RunError
from tap_analytics.http.call import PreparedCall, RequestStats
from tap_analytics.http.oauth2 import OAuth2ClientCredentials, TokenRequest
from tap_analytics.http.retry import RetryPolicy
from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.run import RunContext
from tests.support.harness import Outcome, PairTap, StillClock, connected, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_analytics.sandbox import LogEntry

STREAMS = (
    "contacts",
    "buyers",
    "listings",
    "contracts",
    "opportunities",
    "private_offers",
    "analytics_marketplace_disbursements",
)
TOKEN_PATH = {"accounting": "/connect/token", "marketplace": "/authenticate/"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Three pages of ten a stream: enough for a first, a middle and a last one."""
    with Sandbox(rows=dict.fromkeys(STREAMS, 25)) as api:
        yield api


def read(config: dict[str, Any], clock: StillClock | None = None) -> Outcome:
    """Read the one stream that there is of an API, once."""
    return sync({"page_size": 10, "verify": "off"} | config, clock=clock, tap_class=PairTap)


def token_requests(sandbox: Sandbox) -> list[LogEntry]:
    return [request for request in sandbox.requests if request.method == "POST"]


def data_requests(sandbox: Sandbox) -> list[LogEntry]:
    return [request for request in sandbox.requests if request.method == "GET"]


def by_token(sandbox: Sandbox, api: str = "marketplace", **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    """The settings that connect to a sandbox by a bearer token."""
    token = sandbox.mint_token()
    return {"base_url": sandbox.base_url, "api": api, "access_token": token, **settings}


def test_all_streams_of_a_run_share_one_token(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox, api="marketplace"))
    assert outcome.error is None
    assert len(outcome.report["streams"]) == 6
    assert sandbox.tokens_issued == 1
    assert {entry.headers["authorization"] for entry in data_requests(sandbox)} == {"Bearer"}


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
@pytest.mark.parametrize("style", ["form", "basic", "json"])
def test_each_auth_style_is_taken_and_travels_as_it_says(
    sandbox: Sandbox, api: str, style: str
) -> None:
    stream = "contacts" if api == "accounting" else "buyers"
    outcome = read(connected(sandbox, api, auth_style=style))
    assert outcome.error is None
    assert len(outcome.records(stream)) == 25
    (asked,) = token_requests(sandbox)
    assert asked.headers.get("authorization") == ("Basic" if style == "basic" else None)
    kind = "application/json" if style == "json" else "application/x-www-form-urlencoded"
    assert asked.headers["content-type"] == kind
    assert asked.query == {}


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
    """The sandbox refuses a scope that it does not know, so it was heard; without, none is."""
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
    # What the API's answers are tried again for has nothing to say about a refused client.
    handler = {"retry_on_status_codes": [400, 401, 403, 429]}
    outcome = sync(connected(sandbox, api, error_handler=handler, **settings))
    assert outcome.error is not None
    assert len(token_requests(sandbox)) == 1
    assert data_requests(sandbox) == []
    assert outcome.waits == []
    sentence = outcome.report["error"]
    assert sentence.startswith(f"No token from {sandbox.token_url(api)}: it returned 40")
    assert f"({error}); {advice}." in sentence
    assert sum(sentence in line for line in outcome.log) == 2, (
        "once for the stream, once at the end"
    )
    assert {stream["status"] for stream in outcome.report["streams"]} <= {"failed", "not started"}
    assert not outcome.of("RECORD")


def test_a_token_endpoint_that_redirects_is_not_followed_and_said(sandbox: Sandbox) -> None:
    config = connected(sandbox, token_url=sandbox.base_url + "/authenticate")
    outcome = read(config)
    assert [(entry.method, entry.path) for entry in sandbox.requests] == [("POST", "/authenticate")]
    assert (
        "it redirects to /authenticate/: set `token_url` to the final address"
        in (outcome.report["error"])
    )


def test_a_token_url_that_is_no_token_endpoint_is_said(sandbox: Sandbox) -> None:
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
def test_a_token_endpoint_that_fails_is_asked_again(
    sandbox: Sandbox, fault: dict[str, Any]
) -> None:
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


# The life of a token ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "lifetime", "passed", "tokens"),
    [
        ("number", 1800, 1700, 1),
        ("number", 1800, 1750, 2),
        ("string", 1800, 1700, 1),
        ("string", 1800, 1750, 2),
        ("number", 100, 80, 1),
        ("number", 100, 95, 2),
        ("absent", 9999, 3500, 1),
        ("absent", 9999, 3550, 2),
    ],
)
def test_a_token_is_renewed_some_time_before_it_ends(
    spelled: str, lifetime: float, passed: float, tokens: int
) -> None:
    """A minute before the end, or a tenth of its life; an hour long where nothing is said."""
    with Sandbox(rows={"buyers": 25}, token_lifetime=lifetime, expires_in=spelled) as sandbox:
        sandbox.fault("status", stream="buyers", page=2, code=429, retry_after=passed)
        config = connected(sandbox, concurrency=1, error_handler={"max_wait": 9000})
        outcome = read(config, clock=StillClock())
        assert outcome.error is None
        assert sum(outcome.waits) == pytest.approx(passed)
        assert sandbox.tokens_issued == tokens
        assert 401 not in {entry.status for entry in sandbox.requests}


@pytest.mark.parametrize("api", ["accounting", "marketplace"])
def test_a_token_that_is_refused_is_renewed_once_and_at_once(sandbox: Sandbox, api: str) -> None:
    stream = "contacts" if api == "accounting" else "buyers"
    sandbox.fault("status", stream=stream, page=2, code=401)
    outcome = read(connected(sandbox, api))
    assert outcome.error is None
    assert len(outcome.records(stream)) == 25
    assert outcome.waits == []
    assert outcome.stream(stream)["retries"] == 0
    assert sandbox.tokens_issued == 2


def test_after_the_new_token_the_retry_rule_counts(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=401, times=4)
    outcome = read(connected(sandbox, "accounting"))
    assert outcome.error is None
    assert outcome.waits == [30.0, 30.0, 30.0]
    assert sandbox.tokens_issued == 2


def test_a_401_that_outlives_the_retries_is_an_error(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=401, times=99)
    outcome = read(connected(sandbox, "accounting", concurrency=1))
    assert outcome.waits == [30.0, 30.0, 30.0]
    assert sandbox.tokens_issued == 2
    error = outcome.stream("contacts")["error"]
    assert error.startswith(
        "contacts: GET /v1/contacts, page 2, returned 401 Unauthorized after 3 retries: "
    )
    assert error.endswith(
        "A new token was refused too: check `scope`, and what this client may read."
    )


def test_a_new_token_that_is_refused_as_well_is_final_where_the_rule_has_no_401(
    sandbox: Sandbox,
) -> None:
    sandbox.fault("status", stream="buyers", code=401, times=99)
    outcome = read(connected(sandbox))
    assert outcome.waits == []
    assert sandbox.tokens_issued == 2
    assert len(data_requests(sandbox)) == 2
    assert "A new token was refused too" in outcome.stream("buyers")["error"]


def test_threads_that_are_refused_together_renew_once(sandbox: Sandbox) -> None:
    transport = RunContext(Settings(**connected(sandbox)), StillClock()).http_client
    barrier = threading.Barrier(8)

    def ask(page: int, *, together: bool = True) -> int:
        if together:
            barrier.wait()
        url = f"{sandbox.base_url}/buyers?page={page}&page_size=2"
        request = requests.Request("GET", url).prepare()
        stop, effort = threading.Event(), RequestStats()
        rule = RetryPolicy(max_retries=0)
        return transport.send(
            PreparedCall(request, rule, "here", lambda answer: answer.status_code, stop, effort)
        )

    assert ask(1, together=False) == 200
    assert sandbox.revoke_tokens() == 1
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(2, 10))) == [200] * 8
    assert sandbox.tokens_issued == 2


def respond(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body
    return response


class Driver:
    """Drives flows as a client does, and sends nothing: every token request gets one response."""

    def __init__(self, response: requests.Response) -> None:
        """Give this response to every token request."""
        self._auth = OAuth2ClientCredentials(
            TokenRequest("https://x", "i", "s"), RetryPolicy(), StillClock()
        )
        self._response = response
        self.token_requests = 0

    def authorization(self) -> str:
        """The header of a request that is ready to be sent."""
        flow = self._auth.flow(requests.Request("GET", "https://api.example.com").prepare())
        step = next(flow)
        while isinstance(step, PreparedCall):
            self.token_requests += 1
            step = flow.send(self._response)
        assert step is not None
        return str(step.headers["Authorization"])


def test_threads_that_need_the_first_token_together_request_one() -> None:
    driver = Driver(respond(200, b'{"access_token": "a", "expires_in": 60}'))
    barrier = threading.Barrier(8)

    def authorization(_: int) -> str:
        barrier.wait()
        return driver.authorization()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(authorization, range(8))) == {"Bearer a"}
    assert driver.token_requests == 1


def test_threads_that_are_refused_a_token_together_request_it_once() -> None:
    driver = Driver(respond(401, b'{"error": "invalid_client"}'))
    barrier = threading.Barrier(4)

    def refusal(_: int) -> str:
        barrier.wait()
        with pytest.raises(RunError) as refused:
            driver.authorization()
        return str(refused.value)

    with ThreadPoolExecutor(4) as pool:
        (sentence,) = set(pool.map(refusal, range(4)))
    assert "(invalid_client)" in sentence
    assert driver.token_requests == 1


def test_a_token_request_that_ends_without_a_response_lets_the_other_threads_go_on() -> None:
    """The flow is closed while it waits for the response: no lock is left behind."""
    auth = OAuth2ClientCredentials(TokenRequest("https://x", "i", "s"), RetryPolicy(), StillClock())
    for _ in range(2):
        flow = auth.flow(requests.Request("GET", "https://api.example.com").prepare())
        assert isinstance(next(flow), PreparedCall)
        flow.close()


def test_a_flow_renews_a_refused_token_once_and_then_leaves_the_decision_to_the_policy() -> None:
    auth = OAuth2ClientCredentials(TokenRequest("https://x", "i", "s"), RetryPolicy(), StillClock())
    request = requests.Request("GET", "https://api.example.com").prepare()
    refused = respond(401, b"")
    flow = auth.flow(request)
    assert isinstance(next(flow), PreparedCall)
    assert flow.send(respond(200, b'{"access_token": "a"}')) is request
    assert isinstance(flow.send(refused), PreparedCall)
    assert flow.send(respond(200, b'{"access_token": "b"}')) is request
    assert request.headers["Authorization"] == "Bearer b"
    assert flow.send(refused) is None
    assert next(flow) is request
    assert flow.send(refused) is None


# A token from the user --------------------------------------------------------------------------


def test_a_configured_token_is_used_and_none_is_asked_for(sandbox: Sandbox) -> None:
    outcome = read(by_token(sandbox))
    assert len(outcome.records("buyers")) == 25
    assert token_requests(sandbox) == []


@pytest.mark.parametrize(
    ("api", "stream", "waits"),
    [("accounting", "contacts", [30.0] * 3), ("marketplace", "buyers", [])],
)
def test_a_configured_token_that_is_refused_is_said(
    sandbox: Sandbox, api: str, stream: str, waits: list[float]
) -> None:
    config = by_token(sandbox, api)
    sandbox.revoke_tokens()
    outcome = read(config)
    assert outcome.waits == waits
    assert len(sandbox.requests) == len(waits) + 1
    error = outcome.stream(stream)["error"]
    assert "returned 401 Unauthorized" in error
    assert error.endswith("The token was refused: check `access_token`; it may have expired.")


# Nothing secret is shown ------------------------------------------------------------------------

TENANT = "tenant-4711-x"


def wrong_secret(sandbox: Sandbox) -> dict[str, Any]:
    return connected(sandbox, client_secret="hush&hush/1")


def echoed_token_error(sandbox: Sandbox) -> dict[str, Any]:
    said = 'sandbox-client came with {"client_secret": "hush&hush/1"}, or hush%26hush%2F1'
    sandbox.fault("status", path="/authenticate/", code=400, body=json.dumps({"error": said}))
    return connected(sandbox, client_secret="hush&hush/1")


def truncated_token(sandbox: Sandbox) -> dict[str, Any]:
    sandbox.fault("truncate", path="/authenticate/", keep=0.7, times=99)
    return connected(sandbox)


def token_under_another_name(sandbox: Sandbox) -> dict[str, Any]:
    """The right answer to another client: this one finds no `access_token` in it."""
    body = {"data": {"access_token": sandbox.mint_token()[:20]}}
    sandbox.fault("status", path="/authenticate/", code=200, body=json.dumps(body), times=99)
    return connected(sandbox)


def echoed_data_error(sandbox: Sandbox) -> dict[str, Any]:
    body = f"sandbox-client with sandbox-secret of {TENANT}"
    sandbox.fault("status", stream="buyers", code=400, body=body)
    return connected(sandbox, headers={"X-Tenant": TENANT})


def echoed_access_token(sandbox: Sandbox) -> dict[str, Any]:
    token = sandbox.mint_token()
    body = json.dumps({"results": {"Authorization": "Bearer " + token, "of": TENANT}})
    sandbox.fault("status", stream="buyers", code=200, body=body)
    headers = {"X-Tenant": TENANT}
    return {"base_url": sandbox.base_url, "access_token": token, "headers": headers}


def token_in_redirect(sandbox: Sandbox) -> dict[str, Any]:
    """A gateway that sends the token on in the address of its login page."""
    token = sandbox.mint_token()
    to = f"https://login.example.com/?token={token}"
    sandbox.fault("redirect", stream="buyers", to=to)
    return {"base_url": sandbox.base_url, "access_token": token}


@pytest.mark.parametrize(
    "trouble",
    [
        wrong_secret,
        echoed_token_error,
        truncated_token,
        token_under_another_name,
        echoed_data_error,
        echoed_access_token,
        token_in_redirect,
    ],
)
def test_nothing_secret_is_shown_whatever_goes_wrong(
    sandbox: Sandbox,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[Sandbox], dict[str, Any]],
) -> None:
    caplog.set_level("DEBUG")
    outcome = read(trouble(sandbox))
    assert outcome.error is not None
    shown = everything(outcome, caplog) + "".join(capfd.readouterr())
    assert "buyers" in shown
    assert leaks(sandbox, shown) == []


def test_nothing_secret_is_shown_when_all_goes_well(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    outcome = read(connected(sandbox, headers={"X-Tenant": TENANT}))
    assert outcome.error is None
    assert leaks(sandbox, everything(outcome, caplog)) == []


def leaks(sandbox: Sandbox, shown: str) -> list[str]:
    """What of everything secret in these tests is shown; of a token a beginning is enough."""
    tokens = [token[:12] for token in sandbox._application.oauth.tokens]
    secrets = ["sandbox-secret", "sandbox-client", "hush&hush", "hush%26hush", TENANT, *tokens]
    return [secret for secret in secrets if secret in shown]


def everything(outcome: Outcome, caplog: pytest.LogCaptureFixture) -> str:
    """All that the tap wrote; the sandbox, in the same process, has a log that knows its tokens."""
    log = [record.getMessage() for record in caplog.records if "authlib" not in record.name]
    assert any(line.startswith("Starting new HTTP connection") for line in log)
    report = json.dumps(outcome.report)
    return "\n".join([outcome.raw.decode(), report, repr(outcome.error), *outcome.log, *log])
