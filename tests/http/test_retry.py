"""Which failures are retried, after exactly which waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.http.retry import RetryPolicy
from tests.support.one_stream import PATH, STREAM, data_requests, run

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


CONSTANT = [30.0, 30.0, 30.0]
EXPONENTIAL = [2.0, 4.0, 8.0]
POLICIES = [("accounting", CONSTANT), ("marketplace", EXPONENTIAL)]
FAULTS: list[dict[str, Any]] = [
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


@pytest.mark.parametrize(("api", "waits"), POLICIES)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_temporary_failure_is_retried_three_times(
    sandbox: Sandbox, api: str, waits: list[float], fault: dict[str, Any]
) -> None:
    sandbox.fault(stream=STREAM[api], page=2, times=3, **fault)
    outcome = run(sandbox, api)
    assert outcome.error is None
    assert outcome.waits == waits
    assert len(outcome.records(STREAM[api])) == 25
    assert len(data_requests(sandbox)) == 3 + 3
    assert outcome.stream(STREAM[api])["retries"] == 3
    assert outcome.stream(STREAM[api])["seconds_waited"] == sum(waits)


@pytest.mark.parametrize("encoding", ["gzip, deflate", "identity"])
def test_a_response_is_read_whole_in_each_content_encoding(sandbox: Sandbox, encoding: str) -> None:
    sandbox.fault("truncate", stream="buyers", page=2, keep=0.98)
    given = {} if encoding.startswith("gzip") else {"Accept-Encoding": encoding}
    outcome = run(sandbox, "marketplace", headers=given)
    encodings = {r.headers["accept-encoding"] for r in sandbox.requests if r.stream}
    assert encodings == {encoding}
    assert outcome.waits == EXPONENTIAL[:1]
    whole = [record["id"] for record in outcome.records("buyers")]
    assert whole == [row["id"] for row in sandbox.rows("buyers")]


@pytest.mark.parametrize(("api", "waits"), POLICIES)
@pytest.mark.parametrize("fault", [FAULTS[0], FAULTS[6], FAULTS[7], FAULTS[10]], ids=str)
def test_a_failure_that_stays_ends_the_stream_after_three_retries(
    sandbox: Sandbox, api: str, waits: list[float], fault: dict[str, Any]
) -> None:
    sandbox.fault(stream=STREAM[api], page=2, times=4, **fault)
    outcome = run(sandbox, api)
    assert outcome.error is not None
    assert outcome.waits == waits
    assert len(data_requests(sandbox)) == 1 + 4
    assert len(outcome.records(STREAM[api])) == 10
    error = outcome.stream(STREAM[api])["error"]
    assert error.startswith(f"{STREAM[api]}: GET {PATH[api]}, page 2, ")
    assert " after 3 retries: " in error


@pytest.mark.parametrize("code", [401, 403, 429])
def test_accounting_waits_30_seconds_each_time(sandbox: Sandbox, code: int) -> None:
    # After a 401 comes a new token first, at once: it is not one of the policy's retries.
    sandbox.fault("status", stream="contacts", page=1, code=code, times=3 + (code == 401))
    outcome = run(sandbox, "accounting")
    assert outcome.error is None
    assert outcome.waits == CONSTANT


@pytest.mark.parametrize("code", [400, 402, 403, 405, 410, 418])
def test_marketplace_does_not_retry_a_client_error(sandbox: Sandbox, code: int) -> None:
    sandbox.fault("status", stream="buyers", page=2, code=code)
    outcome = run(sandbox, "marketplace")
    assert outcome.error is not None
    assert outcome.waits == []
    assert len(data_requests(sandbox)) == 2


@pytest.mark.parametrize("code", [400, 402, 410])
def test_accounting_does_not_retry_a_client_error(sandbox: Sandbox, code: int) -> None:
    sandbox.fault("status", stream="contacts", page=2, code=code)
    outcome = run(sandbox, "accounting")
    assert outcome.waits == []
    assert len(data_requests(sandbox)) == 2


@pytest.mark.parametrize(("api", "waits"), POLICIES)
def test_a_response_that_does_not_come_in_time_is_retried(
    sandbox: Sandbox, api: str, waits: list[float]
) -> None:
    sandbox.fault("slow", stream=STREAM[api], page=2, seconds=0.6, times=1)
    outcome = run(sandbox, api, request_timeout=0.3)
    assert outcome.error is None
    assert outcome.waits == waits[:1]
    assert len(outcome.records(STREAM[api])) == 25


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
    assert len(data_requests(sandbox)) == len(waits) + 1


def test_the_status_codes_of_error_handler_take_the_place_of_the_policys(sandbox: Sandbox) -> None:
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
    policy = RetryPolicy(max_wait=300.0)
    assert [policy.delay(retry) for retry in (1, 2, 3, 8, 9, 2000)] == [2, 4, 8, 256, 300, 300]
