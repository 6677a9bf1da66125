"""A response whose records are no objects is told in a sentence, whatever it was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Response, serving
from tests.support.harness import Outcome, connected, sync
from tests.support.shapes import asked

SCHEMA = {
    "properties": {
        "id": {"type": "string"},
        "updated_at": {"type": ["string", "null"], "format": "date-time"},
    }
}
NO_OBJECTS = json.dumps({"items": [{"id": "1"}, "a"]})
SINCE = {"cursor_path": "updated_at", "start_param": "updated_after"}
NUMBERED = {"type": "page_number", "base_page": 1}
WAYS: dict[str, dict[str, Any]] = {
    "keyset": {"paginator": NUMBERED, "incremental": {**SINCE, "order_param": "sort"}},
    "pages since a time": {"paginator": NUMBERED, "incremental": SINCE},
    "the first page is found": {"paginator": {"type": "page_number"}},
    "the pages are found": {},
}


def read(api: Sandbox, way: str, state: Any = None, **settings: Any) -> Outcome:  # noqa: ANN401  # any
    endpoint = {"path": "/shapes/from_1", "data_selector": "items", "params": {"size": 10}}
    entry = {
        "name": "items",
        "primary_key": "id",
        "schema": SCHEMA,
        "endpoint": endpoint | WAYS[way],
    }
    config = connected(api, resources=[entry], concurrency=1, **settings) | {"api": None}
    return sync(config, "items", state=state)


@pytest.mark.parametrize("declared", [False, True], ids=["", "a total contradicts"])
@pytest.mark.parametrize("way", WAYS)
def test_every_response_of_a_run_may_be_the_unreadable_one(way: str, *, declared: bool) -> None:
    with Sandbox(rows={"items": 15}, edge_cases=False) as api:
        held = read(api, way).state
        refused = 0
        for nth in range(1, 20):
            api.clear()
            if declared:
                api.fault("declare", stream="items", key="total", value=99)
            rule = {"code": 200, "body": NO_OBJECTS, "nth": nth, "times": 1}
            before = len(asked(api))
            api.fault("status", stream="items", **rule)
            outcome = read(api, way, held)
            assert not any("does not know this kind" in line for line in outcome.log), nth
            if outcome.error is not None:
                error = outcome.stream("items")["error"]
                assert "cannot be read: record 2 of the page is a string, not an object" in error
                refused += 1
            if len(asked(api)) - before < nth:
                break
        else:
            pytest.fail("the run never ended before the unreadable response")
        assert refused, "a page that is read must be told"


def test_the_response_that_shows_the_form_of_times_may_be_unreadable() -> None:
    """Nothing has changed since the start date: one page is asked for without it."""
    start = datetime.now(UTC).isoformat()
    with Sandbox(rows={"items": 15}, edge_cases=False) as api:
        quiet = read(api, "pages since a time", start_date=start)
        assert (quiet.error, quiet.records("items")) == (None, [])
        nth = next(nth for nth, each in enumerate(asked(api), 1) if "updated_after" not in each)
        # A trial asks for it, too, and makes nothing of it.
        rule = {"code": 200, "body": NO_OBJECTS, "nth": nth, "times": 2}
        api.fault("status", stream="items", **rule)
        outcome = read(api, "pages since a time", start_date=start)
        error = outcome.stream("items")["error"]
        assert error == (
            "items: page 1 cannot be read: record 2 of the page is a string, not an object: "
            "look at its `data_selector`."
        )


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("text/html", "<html><title>Please log in</title>", "its type is text/html, it reads: Pl"),
        ("text/csv", "id,name\n1,a\n", "its type is text/csv, it reads: id,name 1,a"),
        ("application/x-ndjson", '{"id":1}\n{"id":2}', "its type is application/x-ndjson, it rea"),
        ("application/json", "", "it is empty"),
        ("application/json", "busy", "it reads: busy"),
        ("", "busy", "it reads: busy"),
    ],
)
def test_a_body_of_another_kind_is_named(kind: str, body: str, says: str) -> None:
    error = error_of(Response(body.encode(), headers={"Content-Type": kind}))
    assert f"the body is no JSON, or ended too soon ({says}" in error
    assert "The tap reads JSON: look at the path" in error


def test_of_a_body_that_was_cut_off_nothing_is_shown() -> None:
    error = error_of(Response(b'{"data": [{"id": "of a customer"'))
    assert error.endswith("the body is no JSON, or ended too soon.")


def error_of(response: Response) -> str:
    """Why a list that is responded to like this cannot be read."""
    resource = {"name": "items", "primary_key": "id", "schema": {"properties": {"id": {}}}}
    endpoint = {"path": "items", "data_selector": "data", "paginator": "single_page"}
    with serving(lambda _: response) as server:
        outcome = run_tap(server, {"resources": [{**resource, "endpoint": endpoint}]})
    return str(outcome.stream("items")["error"])
