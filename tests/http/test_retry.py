"""Which answers are tried again, after exactly which waits, and what is said when it is enough."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.http.headers import retry_after
from tap_analytics.http.retry import RetryPolicy
from tap_analytics.sandbox import Sandbox
from tests.support.harness import Outcome, PairTap, StillClock, connected, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSTANT = [30.0, 30.0, 30.0]
EXPONENTIAL = [2.0, 4.0, 8.0]
STREAM = {"accounting": "contacts", "marketplace": "buyers"}
PATH = {"accounting": "/v1/contacts", "marketplace": "/buyers"}
RULES = [("accounting", CONSTANT), ("marketplace", EXPONENTIAL)]

BROKEN: list[dict[str, Any]] = [
    {"action": "status", "code": 500},
    {"action": "status", "code": 502},
    {"action": "status", "code": 503},
    {"action": "status", "code": 504},
    {"action": "status", "code": 599},
    {"action": "status", "code": 429},
    {"action": "drop"},
    {"action": "truncate"},
    {"action": "truncate", "keep": 0.99},
    {"action": "truncate", "keep": 0},
    {"action": "short_body"},
    {"action": "short_body", "keep": 0},
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Three pages of ten a stream: enough for a first, a middle and a last one."""
    with Sandbox(rows={"contacts": 25, "buyers": 25}) as api:
        yield api


def run(sandbox: Sandbox, api: str, **settings: Any) -> Outcome:  # noqa: ANN401
    """Read one stream once, page by page, on a clock that knows no time but that of waits."""
    config = connected(sandbox, api, concurrency=1, verify="off", page_size=10, **settings)
    return sync(config, clock=StillClock(), tap_class=PairTap)


def asked(sandbox: Sandbox) -> int:
    return len([request for request in sandbox.requests if request.method == "GET"])


# Each rule, with its waits ----------------------------------------------------------------------


@pytest.mark.parametrize(("api", "waits"), RULES)
@pytest.mark.parametrize("fault", BROKEN, ids=str)
def test_what_may_pass_is_tried_three_times_more(
    sandbox: Sandbox, api: str, waits: list[float], fault: dict[str, Any]
) -> None:
    sandbox.fault(stream=STREAM[api], page=2, times=3, **fault)
    outcome = run(sandbox, api)
    assert outcome.error is None
    assert outcome.waits == waits
    assert len(outcome.records(STREAM[api])) == 25
    assert asked(sandbox) == 3 + 3
    assert outcome.stream(STREAM[api])["retries"] == 3
    assert outcome.stream(STREAM[api])["seconds_waited"] == sum(waits)


@pytest.mark.parametrize("encoding", ["gzip, deflate", "identity"])
def test_an_answer_is_read_whole_however_it_travels(sandbox: Sandbox, encoding: str) -> None:
    sandbox.fault("truncate", stream="buyers", page=2, keep=0.98)
    given = {} if encoding.startswith("gzip") else {"Accept-Encoding": encoding}
    outcome = run(sandbox, "marketplace", headers=given)
    asked = {r.headers["accept-encoding"] for r in sandbox.requests if r.stream}
    assert asked == {encoding}
    assert outcome.waits == EXPONENTIAL[:1]
    whole = [record["id"] for record in outcome.records("buyers")]
    assert whole == [row["id"] for row in sandbox.rows("buyers")]


@pytest.mark.parametrize(("api", "waits"), RULES)
@pytest.mark.parametrize("fault", [BROKEN[0], BROKEN[6], BROKEN[7], BROKEN[10]], ids=str)
def test_what_does_not_pass_ends_the_stream_after_three(
    sandbox: Sandbox, api: str, waits: list[float], fault: dict[str, Any]
) -> None:
    sandbox.fault(stream=STREAM[api], page=2, times=4, **fault)
    outcome = run(sandbox, api)
    assert outcome.error is not None
    assert outcome.waits == waits
    assert asked(sandbox) == 1 + 4
    assert len(outcome.records(STREAM[api])) == 10
    error = outcome.stream(STREAM[api])["error"]
    assert error.startswith(f"{STREAM[api]}: GET {PATH[api]}, page 2, ")
    assert " after 3 retries: " in error


@pytest.mark.parametrize("code", [401, 403, 429])
def test_accounting_waits_30_seconds_each_time(sandbox: Sandbox, code: int) -> None:
    # A 401 is answered with a new token first, at once, outside of the rule.
    sandbox.fault("status", stream="contacts", page=1, code=code, times=3 + (code == 401))
    outcome = run(sandbox, "accounting")
    assert outcome.error is None
    assert outcome.waits == CONSTANT


@pytest.mark.parametrize("code", [400, 402, 403, 405, 410, 418])
def test_marketplace_does_not_try_again_what_is_the_clients_fault(
    sandbox: Sandbox, code: int
) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=code)
    outcome = run(sandbox, "marketplace")
    assert outcome.error is not None
    assert outcome.waits == []
    assert asked(sandbox) == 2


@pytest.mark.parametrize("code", [400, 402, 410])
def test_accounting_does_not_try_again_what_is_the_clients_fault(
    sandbox: Sandbox, code: int
) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=code)
    outcome = run(sandbox, "accounting")
    assert outcome.waits == []
    assert asked(sandbox) == 2


@pytest.mark.parametrize(("api", "waits"), RULES)
def test_an_answer_that_does_not_come_in_time_is_tried_again(
    sandbox: Sandbox, api: str, waits: list[float]
) -> None:
    sandbox.fault("slow", stream=STREAM[api], page=2, seconds=0.6, times=1)
    outcome = run(sandbox, api, request_timeout=0.3)
    assert outcome.error is None
    assert outcome.waits == waits[:1]
    assert len(outcome.records(STREAM[api])) == 25


def test_an_answer_that_never_comes_in_time_is_said(sandbox: Sandbox) -> None:
    sandbox.fault("slow", stream="buyers", page=1, seconds=0.4, times=9)
    outcome = run(sandbox, "marketplace", request_timeout=0.2, error_handler={"max_retries": 1})
    host = sandbox.base_url.removeprefix("http://")
    assert outcome.stream("buyers")["error"] == (
        "buyers: GET /buyers, page 1, failed after 1 retry: no response from "
        f"{host} in time; `request_timeout` sets how long to wait."
    )


def test_a_server_that_is_not_there_is_said() -> None:
    with Sandbox(rows={"buyers": 1}) as gone:
        url, token = gone.base_url, gone.mint_token()
    config = {"base_url": url, "api": "marketplace", "access_token": token}
    outcome = sync(config, clock=StillClock(), tap_class=PairTap)
    assert outcome.waits == EXPONENTIAL
    host = url.removeprefix("http://")
    assert outcome.stream("buyers")["error"] == (
        f"buyers: GET /buyers, page 1, failed after 3 retries: {host} refused the connection: "
        "check `base_url` and the network."
    )


# Retry-After ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(("api", "waits"), RULES)
def test_retry_after_in_seconds_takes_the_place_of_the_rules_wait(
    sandbox: Sandbox, api: str, waits: list[float], code: int
) -> None:
    if code == 429:
        sandbox.fault("status", stream=STREAM[api], page=2, code=429, retry_after=22, times=2)
        expected = [22.0, 22.0]
    else:
        sandbox.fault("status", stream=STREAM[api], page=2, code=503, times=2)
        expected = waits[:2]
    outcome = run(sandbox, api)
    assert outcome.error is None
    assert outcome.waits == expected


def test_retry_after_as_a_date_is_obeyed(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after="date:120")
    outcome = run(sandbox, "marketplace")
    assert outcome.error is None
    (waited,) = outcome.waits
    # HTTP dates have no fractions, and the two clocks were read one after the other.
    assert 118 < waited <= 121


def test_retry_after_of_max_wait_is_obeyed_to_the_second(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=429, retry_after=300, problem="minute")
    outcome = run(sandbox, "accounting")
    assert outcome.error is None
    assert outcome.waits == [300.0]


@pytest.mark.parametrize("after", [301, 66_975, "date:90000", 10**12, "9" * 400])
@pytest.mark.parametrize("api", STREAM)
def test_past_max_wait_the_stream_ends_and_says_until_when(
    sandbox: Sandbox, api: str, after: float | str
) -> None:
    sandbox.fault("status", stream=STREAM[api], page=2, code=429, retry_after=after, problem="day")
    began = datetime.now(UTC)
    outcome = run(sandbox, api)
    assert outcome.waits == []
    assert outcome.stream(STREAM[api])["seconds_waited"] == 0
    assert asked(sandbox) == 2
    error = outcome.stream(STREAM[api])["error"]
    assert error.startswith(
        f"{STREAM[api]}: GET {PATH[api]}, page 2: the server's quota is used up until "
    )
    assert "longer than `max_wait` of `error_handler` (300 seconds)" in error
    if after == 66_975:
        until = datetime.fromisoformat(error.partition("until ")[2][:19]).replace(tzinfo=UTC)
        assert abs(until - began - timedelta(seconds=66_975)) < timedelta(seconds=30)


def test_max_wait_says_how_long_retry_after_is_obeyed(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after=22)
    short = run(sandbox, "marketplace", error_handler={"max_wait": 21})
    assert (
        "longer than `max_wait` of `error_handler` (21 seconds)" in short.stream("buyers")["error"]
    )
    sandbox.clear()
    sandbox.fault("status", stream="buyers", page=2, code=429, retry_after=3600)
    long = run(sandbox, "marketplace", error_handler={"max_wait": 3600})
    assert long.error is None
    assert long.waits == [3600.0]


NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("22", 22.0),
        (" 22 ", 22.0),
        ("1.5", 1.5),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("\u00b2", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Sat, 31 Jan 2026 13:00:00 +0100", 0.0),
        ("Saturday, 31-Jan-26 12:00:30 GMT", 30.0),
        ("Sat Jan 31 12:00:30 2026", 30.0),
        ("Sat, 99 Jan 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(value: str | None, seconds: float | None) -> None:
    headers = {} if value is None else {"Retry-After": value}
    assert retry_after(headers, NOW) == seconds


# The setting `error_handler` --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "handler", "waits"),
    [
        ("accounting", {}, CONSTANT),
        ("accounting", {"max_retries": 1}, [30.0]),
        ("accounting", {"max_retries": 0}, []),
        ("accounting", {"max_retries": 5}, [30.0] * 5),
        ("accounting", {"backoff": "exponential"}, [30.0, 60.0, 120.0]),
        ("accounting", {"backoff_factor": 0.5}, [0.5] * 3),
        ("accounting", {"max_wait": 20}, [20.0] * 3),
        ("marketplace", {"backoff": "constant"}, [2.0] * 3),
        ("marketplace", {"backoff_factor": 3}, [3.0, 6.0, 12.0]),
        ("marketplace", {"backoff_factor": 0}, [0.0] * 3),
        ("marketplace", {"max_wait": 5}, [2.0, 4.0, 5.0]),
        ("marketplace", {"backoff": "constant", "backoff_factor": 7, "max_retries": 2}, [7.0] * 2),
    ],
)
def test_each_field_of_error_handler_changes_just_what_it_names(
    sandbox: Sandbox, api: str, handler: dict[str, Any], waits: list[float]
) -> None:
    sandbox.fault("status", stream=STREAM[api], page=1, code=503, times=99)
    outcome = run(sandbox, api, error_handler=handler)
    assert outcome.error is not None
    assert outcome.waits == waits
    assert asked(sandbox) == len(waits) + 1


def test_the_status_codes_of_error_handler_take_the_place_of_the_rules(sandbox: Sandbox) -> None:
    handler = {"retry_on_status_codes": [418]}
    sandbox.fault("status", stream="contacts", page=1, code=418, times=2)
    assert run(sandbox, "accounting", error_handler=handler).waits == [30.0, 30.0]
    sandbox.clear()
    sandbox.fault("status", stream="contacts", page=1, code=403)
    assert run(sandbox, "accounting", error_handler=handler).waits == []
    sandbox.clear()
    sandbox.fault("status", stream="contacts", page=1, code=500)
    assert run(sandbox, "accounting", error_handler=handler).waits == [30.0]


def test_a_huge_number_of_retries_overflows_nothing() -> None:
    rule = RetryPolicy(max_wait=300.0)
    assert [rule.delay(retry) for retry in (1, 2, 3, 8, 9, 2000)] == [2, 4, 8, 256, 300, 300]


# What is said -----------------------------------------------------------------------------------


def error_of(sandbox: Sandbox, api: str, **fault: Any) -> str:  # noqa: ANN401
    sandbox.fault("status", stream=STREAM[api], page=2, times=99, **fault)
    error: str = run(sandbox, api).stream(STREAM[api])["error"]
    return error


def test_an_html_page_is_said_as_text_on_one_line(sandbox: Sandbox) -> None:
    assert error_of(sandbox, "marketplace", code=500) == (
        "buyers: GET /buyers, page 2, returned 500 Internal Server Error after 3 retries: "
        "Server Error."
    )


def test_an_empty_body_is_called_that(sandbox: Sandbox) -> None:
    assert error_of(sandbox, "accounting", code=429) == (
        "contacts: GET /v1/contacts, page 2, returned 429 Too Many Requests after 3 retries: "
        "an empty body."
    )


def test_a_403_that_stays_names_scope_and_tenant(sandbox: Sandbox) -> None:
    error = error_of(sandbox, "accounting", code=403)
    assert error.startswith(
        "contacts: GET /v1/contacts, page 2, returned 403 Forbidden after 3 retries: "
    )
    assert "AuthenticationUnsuccessful" in error
    assert error.endswith("Check `scope`, and the tenant in `headers`.")


def test_the_body_is_cut_and_redacted(sandbox: Sandbox) -> None:
    body = f"no: {sandbox.client_secret} {'aB3' * 20} " + "long " * 100
    error = error_of(sandbox, "marketplace", code=400, body=body)
    said = error.partition("400 Bad Request: ")[2]
    assert said.startswith("no: *** *** long long ")
    assert len(said) <= 201
    assert said.endswith("….")


def test_a_body_that_is_cut_off_is_said_not_shown(sandbox: Sandbox) -> None:
    sandbox.fault("truncate", stream="buyers", page=2, times=99)
    assert run(sandbox, "marketplace").stream("buyers")["error"] == (
        "buyers: GET /buyers, page 2, failed after 3 retries: the body is no JSON, or ended too "
        "soon."
    )


def test_a_body_that_stops_coming_is_a_time_out(sandbox: Sandbox) -> None:
    sandbox.fault("short_body", stream="buyers", page=2, seconds=1.0)
    handler = {"max_retries": 0}
    outcome = run(sandbox, "marketplace", request_timeout=0.2, error_handler=handler)
    assert outcome.stream("buyers")["error"].endswith(
        "in time; `request_timeout` sets how long to wait."
    )


def test_a_body_that_is_not_packed_as_it_says_is_said(sandbox: Sandbox) -> None:
    sandbox.fault("bad_gzip", stream="buyers", page=2, times=99)
    error = run(sandbox, "marketplace").stream("buyers")["error"]
    assert " failed after 3 retries: the response from 127.0.0.1:" in error
    assert error.endswith("`Accept-Encoding: identity` in `headers` asks for an uncompressed one.")


def test_one_streams_trouble_leaves_the_others_alone(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", code=500, times=99)
    config = connected(sandbox) | {"api": None}
    outcome = sync(config, clock=StillClock(), tap_class=PairTap)
    assert outcome.error is not None
    assert outcome.report["status"] == "failed"
    assert outcome.stream("contacts")["status"] == "failed"
    assert outcome.stream("buyers")["status"] == "succeeded"
    assert len(outcome.records("buyers")) == 25


# Redirects --------------------------------------------------------------------------------------


def test_a_redirect_on_the_same_server_is_followed(sandbox: Sandbox) -> None:
    to = "/buyers?page=2&page_size=10"
    sandbox.fault("redirect", stream="buyers", page=2, to=to, times=1)
    outcome = run(sandbox, "marketplace")
    assert outcome.error is None
    assert outcome.waits == []
    assert len(outcome.records("buyers")) == 25
    pages = [(entry.page, entry.status) for entry in sandbox.requests if entry.stream]
    assert pages == [(1, 200), (2, 301), (2, 200), (3, 200)]


def test_a_redirect_in_circles_ends(sandbox: Sandbox) -> None:
    sandbox.fault("redirect", stream="buyers", to="/buyers?page=1", times=99)
    outcome = run(sandbox, "marketplace")
    assert (
        "It redirects to /buyers?page=1, which is not followed"
        in (outcome.stream("buyers")["error"])
    )
    assert asked(sandbox) == 6


class Stranger(HTTPServer):
    """A server on another port, which should never hear anything."""

    def __init__(self) -> None:
        """Listen, and remember who asked."""
        heard: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(str(self.headers))
                self.send_response(200)
                self.end_headers()

            do_POST = do_GET  # noqa: N815  # the base class looks for this name

        super().__init__(("127.0.0.1", 0), Handler)
        self.heard = heard
        self.url = f"http://127.0.0.1:{self.server_port}/buyers"


@contextmanager
def stranger() -> Iterator[Stranger]:
    server = Stranger()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_redirect_to_another_server_is_not_followed(sandbox: Sandbox) -> None:
    with stranger() as other:
        sandbox.fault("redirect", stream="buyers", page=2, to=other.url, times=99)
        outcome = run(sandbox, "marketplace", headers={"X-Tenant": "tenant-7"})
        assert other.heard == []
    error = outcome.stream("buyers")["error"]
    assert error.startswith("buyers: GET /buyers, page 2, returned 301 Moved Permanently: ")
    assert error.endswith(f"It redirects to {other.url}, which is not followed: check `base_url`.")
    assert asked(sandbox) == 2


def test_credentials_do_not_follow_the_token_endpoint_to_another_server(sandbox: Sandbox) -> None:
    with stranger() as other:
        sandbox.fault("redirect", path="/authenticate/", to=other.url, times=99)
        outcome = run(sandbox, "marketplace")
        assert other.heard == []
    assert f"it redirects to {other.url}" in outcome.report["error"]
    assert len(sandbox.requests) == 1
