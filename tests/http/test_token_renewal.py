"""When a token is renewed: before it expires, or when it is refused; once for all threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tap_analytics.config.settings import Settings
from tap_analytics.exceptions import RunError
from tap_analytics.http.call import PreparedCall, RequestStats
from tap_analytics.http.oauth2 import OAuth2ClientCredentials, TokenRequest
from tap_analytics.http.retry import RetryPolicy
from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.run import RunContext
from tests.support.harness import StillClock, connected
from tests.support.one_stream import data_requests, read


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
def test_a_token_is_renewed_some_time_before_it_expires(
    spelled: str, lifetime: float, passed: float, tokens: int
) -> None:
    """A minute before, or a tenth of its lifetime; an hour is assumed where none is stated."""
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


def test_after_the_new_token_the_retry_policy_counts(sandbox: Sandbox) -> None:
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


def test_a_new_token_that_is_refused_as_well_is_final_where_the_policy_has_no_401(
    sandbox: Sandbox,
) -> None:
    sandbox.fault("status", stream="buyers", code=401, times=99)
    outcome = read(connected(sandbox))
    assert outcome.waits == []
    assert sandbox.tokens_issued == 2
    assert len(data_requests(sandbox)) == 2
    assert "A new token was refused too" in outcome.stream("buyers")["error"]


def page_call(sandbox: Sandbox, page: int) -> PreparedCall[int]:
    """The request for a page of `buyers`, which is not retried; its result is the status."""
    url = f"{sandbox.base_url}/buyers?page={page}&page_size=2"
    return PreparedCall(
        requests.Request("GET", url).prepare(),
        policy=RetryPolicy(max_retries=0),
        label="a page",
        read=lambda response: response.status_code,
        cancelled=threading.Event(),
        stats=RequestStats(),
    )


def test_threads_that_are_refused_together_renew_once(sandbox: Sandbox) -> None:
    client = RunContext(Settings(**connected(sandbox)), StillClock()).http_client
    barrier = threading.Barrier(8)

    def status(page: int, *, together: bool = True) -> int:
        if together:
            barrier.wait()
        return client.send(page_call(sandbox, page))

    assert status(1, together=False) == 200
    assert sandbox.revoke_tokens() == 1
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(status, range(2, 10))) == [200] * 8
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
    # Another thread waits for no lock.
    with ThreadPoolExecutor(1) as pool:
        flow = auth.flow(requests.Request("GET", "https://api.example.com").prepare())
        assert isinstance(pool.submit(next, flow).result(timeout=10), PreparedCall)


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


def test_a_token_endpoint_that_sent_no_response_gets_no_further_request() -> None:
    auth = OAuth2ClientCredentials(TokenRequest("https://x", "i", "s"), RetryPolicy(), StillClock())
    request = requests.Request("GET", "https://api.example.com").prepare()
    flow = auth.flow(request)
    assert isinstance(next(flow), PreparedCall)
    with pytest.raises(RunError, match="no response"):
        flow.throw(RunError("no response"))
    with pytest.raises(RunError, match="no response"):
        next(auth.flow(request))


def test_the_client_requests_no_token_after_a_token_request_without_response(
    sandbox: Sandbox,
) -> None:
    sandbox.fault("drop", path="/authenticate/", times=99)
    config = connected(sandbox, error_handler={"max_retries": 0})
    client = RunContext(Settings(**config), StillClock()).http_client
    for page in (1, 2):
        with pytest.raises(RunError, match=r"POST .* failed: the connection to "):
            client.send(page_call(sandbox, page))
    assert len(sandbox.requests) == 1
