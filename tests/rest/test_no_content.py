"""A response `204 No Content` is an empty list; an empty body of any other one is no response."""

from __future__ import annotations

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected_by_pages as connected
from tests.support.one_stream import STREAM, data_requests, read

SILENT = {"accounting": ["pagination"], "marketplace": ["count", "next"]}


@pytest.mark.parametrize("api", STREAM)
def test_instead_of_the_first_page_it_means_that_there_are_no_records(api: str) -> None:
    with Sandbox(rows={STREAM[api]: 0}) as sandbox:
        sandbox.fault("status", stream=STREAM[api], code=204, body="", times=9)
        outcome = read(connected(sandbox, api, verify="warn"))
    part = outcome.stream(STREAM[api])
    assert (outcome.error, part["records"], part["verdict"]) == (None, 0, "proven")
    assert len(data_requests(sandbox)) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("api", STREAM)
def test_past_the_last_page_it_is_the_end(api: str, concurrency: int) -> None:
    with Sandbox(rows={STREAM[api]: 20}) as sandbox:
        sandbox.fault("omit", stream=STREAM[api], keys=SILENT[api], times=99)
        for page in range(3, 9):
            sandbox.fault("status", stream=STREAM[api], page=page, code=204, body="", times=9)
        outcome = read(connected(sandbox, api, verify="warn", concurrency=concurrency))
    part = outcome.stream(STREAM[api])
    assert (outcome.error, part["records"], part["verdict"]) == (None, 20, "proven")


@pytest.mark.parametrize(
    ("code", "body"), [(204, ""), (200, '{"results": [], "Contacts": [], "Status": "OK"}')]
)
@pytest.mark.parametrize("api", STREAM)
def test_where_the_page_before_declared_more_an_empty_one_proves_nothing(
    api: str, code: int, body: str
) -> None:
    with Sandbox(rows={STREAM[api]: 30}) as sandbox:
        sandbox.fault("status", stream=STREAM[api], page=2, code=code, body=body, times=9)
        outcome = read(connected(sandbox, api, verify="warn", concurrency=1))
    assert outcome.stream(STREAM[api])["verdict"] == "not proven"


@pytest.mark.parametrize("api", STREAM)
def test_an_empty_body_of_a_200_is_retried_and_then_an_error(api: str) -> None:
    with Sandbox(rows={STREAM[api]: 10}) as sandbox:
        sandbox.fault("status", stream=STREAM[api], code=200, body="", times=9)
        outcome = read(connected(sandbox, api))
    assert "the body is no JSON, or ended too soon" in outcome.stream(STREAM[api])["error"]
    assert len(data_requests(sandbox)) == 4
