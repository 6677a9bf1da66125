"""What the error message of a failed request says."""

from __future__ import annotations

from typing import Any

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected
from tests.support.one_stream import STREAM, read, run


def error_of(sandbox: Sandbox, api: str, **fault: Any) -> str:  # noqa: ANN401
    sandbox.fault("status", stream=STREAM[api], page=2, times=99, **fault)
    error: str = run(sandbox, api).stream(STREAM[api])["error"]
    return error


def test_an_html_page_is_shown_as_text_on_one_line(sandbox: Sandbox) -> None:
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
    assert error.endswith("may read, such as by `scope` or a tenant in `headers`.")


def test_the_body_is_cut_and_redacted(sandbox: Sandbox) -> None:
    body = f"no: {sandbox.client_secret} {'aB3' * 20} " + "long " * 100
    error = error_of(sandbox, "marketplace", code=400, body=body)
    shown = error.partition("400 Bad Request: ")[2]
    assert shown.startswith("no: *** *** long long ")
    assert len(shown) <= 201
    assert shown.endswith("….")


def test_a_body_that_is_cut_off_is_reported_not_shown(sandbox: Sandbox) -> None:
    sandbox.fault("truncate", stream="buyers", page=2, times=99)
    assert run(sandbox, "marketplace").stream("buyers")["error"] == (
        "buyers: GET /buyers, page 2, failed after 3 retries: the compressed body ended too soon."
    )


def test_a_body_that_stops_coming_is_a_time_out(sandbox: Sandbox) -> None:
    sandbox.fault("short_body", stream="buyers", page=2, seconds=1.0)
    handler = {"max_retries": 0}
    outcome = run(sandbox, "marketplace", request_timeout=0.2, error_handler=handler)
    assert outcome.stream("buyers")["error"].endswith(
        "in time; `request_timeout` sets how long to wait."
    )


def test_a_body_that_cannot_be_decompressed_is_reported(sandbox: Sandbox) -> None:
    sandbox.fault("bad_gzip", stream="buyers", page=2, times=99)
    error = run(sandbox, "marketplace").stream("buyers")["error"]
    assert " failed after 3 retries: the response from 127.0.0.1:" in error
    assert error.endswith("`Accept-Encoding: identity` in `headers` asks for an uncompressed one.")


def test_the_failure_of_one_stream_leaves_the_others_alone(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="contacts", code=500, times=99)
    config = connected(sandbox) | {"api": None}
    outcome = read(config)
    assert outcome.error is not None
    assert outcome.report["status"] == "failed"
    assert outcome.stream("contacts")["status"] == "failed"
    assert outcome.stream("buyers")["status"] == "succeeded"
    assert len(outcome.records("buyers")) == 25


def test_a_response_that_never_comes_in_time_is_reported(sandbox: Sandbox) -> None:
    sandbox.fault("slow", stream="buyers", page=1, seconds=0.4, times=9)
    outcome = run(sandbox, "marketplace", request_timeout=0.2, error_handler={"max_retries": 1})
    host = sandbox.base_url.removeprefix("http://")
    assert outcome.stream("buyers")["error"] == (
        "buyers: GET /buyers, page 1, failed after 1 retry: no response from "
        f"{host} in time; `request_timeout` sets how long to wait."
    )


def test_a_server_that_is_not_there_is_reported() -> None:
    with Sandbox(rows={"buyers": 1}) as gone:
        url, token = gone.base_url, gone.mint_token()
    config = {"base_url": url, "api": "marketplace", "access_token": token}
    outcome = read(config)
    assert outcome.waits == [2.0, 4.0, 8.0, 16.0, 30.0]
    host = url.removeprefix("http://")
    assert outcome.stream("buyers")["error"] == (
        f"buyers: GET /buyers, page 1, failed after 5 retries: {host} refused the connection: "
        "check `base_url` and the network."
    )
