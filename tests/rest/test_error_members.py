"""A response of status 200 may tell of an error: beside its records, or in their place."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.error_members import error_members
from tap_analytics.rest.response.record_finder import find_records
from tap_analytics.sandbox import Sandbox
from tests.support.shapes import ids, read_shape

PAGES = {"type": "page_number", "base_page": 1, "has_more_path": "next"}
REST: dict[str, Any] = {"data_selector": "results", "endpoint": {"params": {"page_size": 10}}}
TIMED_OUT = [{"message": "query timed out"}]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_an_error_beside_the_records_of_any_page_is_not_proven(page: int) -> None:
    with Sandbox(rows={"items": 25}, edge_cases=False) as sandbox:
        sandbox.fault("declare", stream="items", page=page, key="errors", value=TIMED_OUT)
        outcome = read_shape(sandbox, "django_rest", PAGES, **REST)
        part = outcome.stream("items")
        assert len(ids(outcome)) == 25, "what came is sent"
        assert (part["status"], part["verdict"]) == ("succeeded", "not proven")
        (reason,) = {each for each in part["reasons"] if "error" in each}
        assert reason.startswith(f"`errors` of page {page} tells of an error beside the records")
        ignoring = read_shape(
            sandbox,
            "django_rest",
            PAGES,
            settings={"page_size": 10},
            ignore_signs=["errors"],
            **REST,
        )
        assert ignoring.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("selector", ["results", None])
def test_an_error_in_the_place_of_the_records_fails_and_deletes_nothing(
    selector: str | None,
) -> None:
    with Sandbox(rows={"items": 5}, edge_cases=False) as sandbox:
        sandbox.fault("omit", stream="items", keys=["count", "next", "previous"])
        sandbox.fault("records", stream="items", how="null", times=None)
        sandbox.fault("declare", stream="items", key="errors", value=TIMED_OUT)
        chosen: dict[str, Any] = {"data_selector": selector}
        outcome = read_shape(
            sandbox, "django_rest", "single_page", write_disposition="replace", **chosen
        )
        assert outcome.stream("items")["status"] == "failed"
        assert "query timed out" in outcome.stream("items")["error"]
        assert outcome.of("RECORD") == outcome.of("ACTIVATE_VERSION") == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"errors":[{"message":"late"}],"data":[]}', "errors"),
        ('{"error":"late","data":[]}', "error"),
        ('{"error":{"code":500,"message":"late"},"data":[]}', "error"),
        ('{"error":true,"data":[]}', "error"),
        ('{"error":{"code":0,"message":"OK"},"data":[]}', None),
        ('{"error":{"code":200,"message":""},"data":[]}', None),
        ('{"error":false,"errors":[],"data":[]}', None),
        ('{"error":null,"errors":{},"data":[]}', None),
        ('{"error":"","errors":0,"data":[]}', None),
        ('{"data":[{"error":"late"}]}', None),
        ('[{"error":"late"}]', None),
    ],
)
def test_only_an_envelope_that_tells_of_an_error_has_one(body: str, told: str | None) -> None:
    assert [each.name for each in error_members(JSONBody(body.encode()))] == (
        [told] if told else []
    )


def test_a_list_of_errors_is_never_the_list_of_records() -> None:
    assert find_records(JSONBody(b'{"errors":[],"rows_of_it":[{"id":1}]}')) == ("rows_of_it",)
    assert find_records(JSONBody(b'{"data":null,"errors":[]}')) is None
