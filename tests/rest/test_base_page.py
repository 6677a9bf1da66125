"""Page numbers from 0: found by trial where nobody says, kept, and noticed where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.exceptions import RunFailedError
from tap_analytics.sandbox import Sandbox
from tests.support.harness import sync, sync_resources
from tests.support.json_server import JSONServer
from tests.support.shapes import asked, ids, read_shape

SIZE = {"params": {"size": 5, "page_size": 5}}
DECLARED = {"type": "page_number", "total_path": "pages"}


def pages(sandbox: Sandbox) -> list[str]:
    return [query.get("page", "none") for query in asked(sandbox)]


def test_an_empty_last_page_that_was_declared_is_a_contradiction() -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("declare", stream="items", key="pages", value=5)
        outcome = read_shape(sandbox, "from_0", {**DECLARED, "base_page": 1}, endpoint=SIZE)
        report = outcome.stream("items")
        assert (report["verdict"], len(ids(outcome))) == ("not proven", 18)
        assert "`pages: 5`" in report["reasons"][-1]
        assert "`base_page`" in report["reasons"][-1]


def test_it_is_one_whatever_the_page_count_is_called() -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("declare", stream="items", key="sheets", value=5)
        paginator = {"type": "page_number", "total_path": "sheets", "base_page": 1}
        outcome = read_shape(sandbox, "from_0", paginator, endpoint=SIZE)
        assert outcome.stream("items")["verdict"] == "not proven"
        assert "`sheets: 5`" in outcome.stream("items")["reasons"][-1]


@pytest.mark.parametrize("paginator", ["page_number", DECLARED])
def test_pages_from_0_are_found_by_trial_and_kept(paginator: object) -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("declare", stream="items", key="pages", value=5)
        outcome = read_shape(sandbox, "from_0", paginator, endpoint=SIZE)
        assert (len(ids(outcome)), outcome.stream("items")["verdict"]) == (23, "proven")
        assert pages(sandbox)[:4] == ["0", "1", "0", "1"]
        assert any("pages are numbered from 0" in line for line in outcome.log)
        assert outcome.state["bookmarks"]["items"]["base_page"] == 0
        before = len(asked(sandbox))
        read_shape(sandbox, "from_0", paginator, endpoint=SIZE, state=outcome.state)
        assert pages(sandbox)[before:][:2] == ["0", "1"]
        assert len(asked(sandbox)) == 2 * before - 2


@pytest.mark.parametrize("name", ["from_1", "django_rest"])
def test_a_server_that_takes_page_0_for_page_1_counts_from_1(name: str) -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        selector = "results" if name == "django_rest" else "items"
        outcome = read_shape(sandbox, name, "page_number", endpoint=SIZE, data_selector=selector)
        assert (len(ids(outcome)), outcome.stream("items")["verdict"]) == (23, "proven")
        assert outcome.state["bookmarks"]["items"]["base_page"] == 1
        assert pages(sandbox)[:3] == ["0", "1", "1"]


@pytest.mark.parametrize("code", [400, 404, 422])
def test_a_server_that_refuses_page_0_counts_from_1_and_is_not_asked_again(code: int) -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("status", stream="items", nth=1, code=code)
        outcome = read_shape(sandbox, "from_1", "page_number", endpoint=SIZE)
        assert outcome.state["bookmarks"]["items"]["base_page"] == 1
        assert (pages(sandbox)[:3], outcome.waits) == (["0", "1", "1"], [])
        assert len(ids(outcome)) == 23


@pytest.mark.parametrize("code", [500, 503])
@pytest.mark.parametrize("shape", ["from_0", "from_1"])
def test_a_server_that_is_out_of_order_for_a_moment_is_asked_for_page_0_again(
    code: int, shape: str
) -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("status", stream="items", nth=1, code=code)
        outcome = read_shape(sandbox, shape, "page_number", endpoint=SIZE)
        first = shape[-1]
        assert outcome.state["bookmarks"]["items"]["base_page"] == int(first)
        assert (pages(sandbox)[:4], outcome.waits) == (["0", "1", "0", first], [])
        assert len(ids(outcome)) == 23


def test_a_table_that_filled_between_the_two_trials_is_read_from_page_0() -> None:
    with Sandbox(rows={"items": 0}) as sandbox:
        sandbox.fault("edit", stream="items", page=2, nth=1, insert=[None] * 8)
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert len(ids(outcome)) == 8
        assert pages(sandbox)[:4] == ["0", "1", "0", "0"]
        assert outcome.stream("items")["verdict"] == "proven"


def test_a_server_that_is_out_of_order_at_the_trial_hides_no_list_of_one_page() -> None:
    with Sandbox(rows={"items": 4}) as sandbox:
        sandbox.fault("status", stream="items", nth=1, code=503)
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert len(ids(outcome)) == 4
        assert pages(sandbox)[:4] == ["0", "1", "0", "0"]


@pytest.mark.parametrize("settled", [True, False])
def test_rows_that_move_between_the_two_trials_do_not_make_page_1_the_first(
    *, settled: bool
) -> None:
    """Page 0 is asked for again; where rows still move, nothing is decided."""
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("edit", stream="items", page=2, nth=1, insert=[0])
        if not settled:
            sandbox.fault("edit", stream="items", page=1, nth=2, delete=[0, 1])
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert pages(sandbox)[:3] == ["0", "1", "0"]
        report = outcome.stream("items")
        assert report["verdict"] == ("proven" if settled else "not proven")
        assert "base_page" not in outcome.state["bookmarks"].get("items", {})
        assert (len(ids(outcome)) == 24) is settled


@pytest.mark.parametrize("page", [2, 3])
def test_a_server_that_is_out_of_order_at_a_trial_has_pages_all_the_same(page: int) -> None:
    """Where nobody names a paginator, page 2 and page 1 are tried; from 0 the third and second."""
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("status", stream="items", page=page, code=503)
        outcome = read_shape(sandbox, "from_0", endpoint=SIZE)
        assert len(ids(outcome)) == 23


def test_a_refused_token_is_an_error_as_ever() -> None:
    with Sandbox(rows={"items": 23}) as sandbox:
        sandbox.fault("status", stream="items", code=403, times=99)
        outcome = read_shape(sandbox, "from_1", "page_number", endpoint=SIZE)
        assert "returned 403" in outcome.stream("items")["error"]
        assert isinstance(outcome.error, RunFailedError)
        assert set(pages(sandbox)) == {"0"}
        assert "base_page" not in outcome.state.get("bookmarks", {}).get("items", {})


def test_nothing_on_both_pages_decides_nothing_and_is_asked_again() -> None:
    with Sandbox(rows={"items": 0}) as sandbox:
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert outcome.stream("items")["verdict"] == "proven"
        assert "base_page" not in outcome.state["bookmarks"].get("items", {})
        read_shape(sandbox, "from_0", "page_number", endpoint=SIZE, state=outcome.state)
        assert pages(sandbox) == ["0", "1", "1", "none"] * 2


def test_records_that_come_right_after_a_trial_that_found_none_are_not_proven() -> None:
    """They may begin with page 0, which was not asked for again; the next run finds out."""
    with Sandbox(rows={"items": 0}) as sandbox:
        sandbox.fault("edit", stream="items", page=2, nth=2, insert=[None] * 8)
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert len(ids(outcome)) < 8
        assert len(ids(outcome)) == 3
        assert outcome.stream("items")["verdict"] == "not proven"
        second = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE, state=outcome.state)
        assert len(ids(second)) == 8
        assert second.stream("items")["verdict"] == "proven"


def test_a_list_that_ends_with_page_0_is_read_and_asked_about_again() -> None:
    """Page 1 holds nothing yet: reading from there would lose every record."""
    with Sandbox(rows={"items": 4}) as sandbox:
        outcome = read_shape(sandbox, "from_0", "page_number", endpoint=SIZE)
        assert len(ids(outcome)) == 4
        assert "base_page" not in outcome.state["bookmarks"].get("items", {})


def test_where_the_base_page_is_said_nothing_is_tried() -> None:
    with Sandbox(rows={"items": 4}) as sandbox:
        read_shape(sandbox, "from_1", {"type": "page_number", "base_page": 1}, endpoint=SIZE)
        assert "0" not in pages(sandbox)


def test_where_the_first_parent_of_a_child_has_no_records_the_next_one_is_tried() -> None:
    schema = {"properties": {"id": {"type": "string"}}}
    parents = {
        "name": "parents",
        "primary_key": "id",
        "schema": schema,
        "endpoint": {"path": "/v2/buyers", "data_selector": "items", "paginator": "single_page"},
    }
    kids = {
        "name": "kids",
        "primary_key": "id",
        "schema": schema,
        "endpoint": {
            "path": "/shapes/from_0",
            "data_selector": "items",
            "paginator": "page_number",
            "params": {**SIZE["params"], "of": "{resources.parents.id}"},
        },
    }
    with Sandbox(rows={"items": 23, "buyers": 3}, edge_cases=False) as sandbox:
        sandbox.fault("records", stream="items", how="empty", times=4)
        outcome = sync_resources(sandbox, parents, kids)
        requests = asked(sandbox)
        first = requests[0]["of"]
        tried = [query.get("page", "none") for query in requests if query["of"] == first]
        assert tried == ["0", "1", "1", "none"]
        records = outcome.records("kids")
        assert len(records) == 2 * 23
        assert outcome.stream("kids")["verdict"] == "proven"
        assert outcome.state["bookmarks"]["kids"]["base_page"] == 0
        tried = [query["page"] for query in requests if query["of"] != first]
        assert tried.count("0") == 1 + 2 * 2, "one trial, and two passes over each of the two"


NO_PAGE = 404, {"error": "no such page"}


@pytest.mark.parametrize("start", [None, "2026-01-01T00:00:00Z"])
@pytest.mark.parametrize("page_0", [[], NO_PAGE], ids=["empty", "404, which is ignored"])
@pytest.mark.parametrize("rows", [0, 12])
def test_a_base_page_of_0_is_contradicted_by_records_on_page_1_behind_nothing(
    rows: int,
    page_0: Any,  # noqa: ANN401  # any response
    start: str | None,
) -> None:
    held = [{"id": number, "at": "2026-02-02T02:02:02Z"} for number in range(rows)]
    fields = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
    since = {"cursor_path": "at", "start_param": "since", "initial_value": start}
    entry = {
        "name": "things",
        "primary_key": "id",
        "write_disposition": "replace" if start is None else "merge",
        "schema": {"type": "object", "properties": fields},
        "endpoint": {
            "data_selector": "$",
            "paginator": {"type": "page_number", "base_page": 0, "page_param": "page"},
            "response_actions": [{"status_code": 404, "action": "ignore"}],
            **({} if start is None else {"incremental": since}),
        },
    }
    with JSONServer() as server:
        server.answer = lambda query: (
            held[10 * int(query.get("page", 1)) - 10 : 10 * int(query.get("page", 1))]
            if query.get("page") != "0"
            else page_0
        )
        outcome = sync({"base_url": server.url, "resources": [entry]})
    part = outcome.stream("things")
    if rows:
        assert part["verdict"] == "not proven"
        assert part["reasons"][-1].startswith("page 0 has no records, and page 1 has")
        assert outcome.of("ACTIVATE_VERSION") == []
    else:
        assert part["verdict"] == "proven"
        # From a start value on one request more: whether a record is there that it has left out.
        assert len(server.asked) <= 3 + bool(start)


def test_behind_a_bookmark_nothing_new_needs_no_page_1() -> None:
    """It was read by number before: page 0 had records."""
    rows = [{"id": 1, "at": "2026-02-02T02:02:02Z"}]
    since = {"cursor_path": "at", "start_param": "since", "initial_value": "2026-01-01T00:00:00Z"}
    entry = {
        "name": "things",
        "primary_key": "id",
        "endpoint": {
            "data_selector": "$",
            "paginator": {"type": "page_number", "base_page": 0, "page_param": "page"},
            "incremental": since,
        },
    }
    with JSONServer() as server:
        server.answer = lambda query: rows if query["page"] == "0" else []
        config = {"base_url": server.url, "resources": [entry]}
        state = sync(config).state
        rows.clear()
        server.asked.clear()
        part = sync(config, state=state).stream("things")
    assert part["verdict"] == "proven"
    assert "1" not in [query["page"] for query in server.asked]


def test_what_was_found_for_another_list_is_asked_again() -> None:
    """A configuration may name another path, and keep its state."""
    entry = {
        "name": "things",
        "primary_key": "id",
        "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
    }
    with JSONServer() as server:
        state = None
        for path, first in (("/from_1", 1), ("/from_0", 0), ("/from_0", 0)):

            def answer(query: dict[str, str], first: int = first) -> list[dict[str, int]]:
                place = int(query["page"]) - first
                return [{"id": 10 * place + n} for n in range(10) if 0 <= place < 3]

            server.answer = answer
            endpoint = {"path": path, "data_selector": "$", "paginator": "page_number"}
            config = {"base_url": server.url, "resources": [{**entry, "endpoint": endpoint}]}
            outcome = sync(config, state=state)
            state = outcome.state
            assert len({record["id"] for record in outcome.records("things")}) == 30
            assert state["bookmarks"]["things"]["base_page"] == first
