"""An envelope that says that the request failed, or is not done, is no proven empty table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Response, serving
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "status": {}}}
ROWS = [{"id": 1}, {"id": 2}]

FAILS, CODE, LACKS = "fails", "fails, where no record came", "lacks a part"

# Each with the member that tells of it, and what it says of the request.
FAILURES: list[tuple[dict[str, Any], str, str]] = [
    ({"success": False, "message": "shard 3 is down"}, "success", FAILS),
    ({"success": "false"}, "success", FAILS),
    ({"ok": False, "error": ""}, "ok", FAILS),
    ({"Ok": False}, "Ok", FAILS),
    ({"status": "error"}, "status", FAILS),
    ({"status": "fail"}, "status", FAILS),
    ({"status": "FAILED"}, "status", FAILS),
    ({"status": "pending"}, "status", FAILS),
    ({"status": "in_progress"}, "status", FAILS),
    ({"status": "OVER_QUERY_LIMIT"}, "status", FAILS),
    ({"status": False}, "status", FAILS),
    ({"status": 503}, "status", FAILS),
    ({"stat": "fail"}, "stat", FAILS),
    ({"ack": "PartialFailure"}, "ack", FAILS),
    ({"code": 500, "msg": "internal"}, "code", FAILS),
    ({"code": "99991663", "msg": "token"}, "code", CODE),
    ({"code": "InvalidParameter", "message": "no"}, "code", CODE),
    ({"code": 500}, "code", FAILS),
    ({"code": 500, "message": "success"}, "code", FAILS),
    ({"code": 1, "message": "unsuccessful"}, "code", CODE),
    ({"code": 1, "message": ""}, "code", CODE),
    ({"errcode": 40001, "errmsg": "no"}, "errcode", FAILS),
    ({"errno": -6}, "errno", FAILS),
    ({"error": "late"}, "error", FAILS),
    ({"meta": {"ok": False}}, "meta.ok", FAILS),
    ({"meta": {"code": 429}}, "meta.code", FAILS),
    ({"partial": True}, "partial", LACKS),
    ({"isPartial": "true"}, "isPartial", LACKS),
    ({"timed_out": True}, "timed_out", LACKS),
    ({"_shards": {"total": 2, "failed": 1}}, "_shards.failed", LACKS),
    (
        {"responseHeader": {"status": 0, "partialResults": True}},
        "responseHeader.partialResults",
        LACKS,
    ),
    ({"warnings": ["shard 3 of 5 is missing"]}, "warnings", LACKS),
]
FINE: list[dict[str, Any]] = [
    {"success": True, "errors": [], "messages": []},
    {"ok": True},
    {"status": "ok", "code": 0, "msg": "success"},
    {"status": "ZERO_RESULTS"},
    {"status": 200, "code": "200", "message": "OK"},
    {"status": 0, "stat": "ok", "result": None},
    {"code": "00000", "message": "done"},
    {"code": "DE"},
    {"code": 100},
    {"errcode": 0, "errmsg": "ok", "error_code": None},
    {"meta": {"code": 200, "status": "success"}},
    {"partial": False, "timed_out": False, "warnings": [], "is_running": "false"},
    {"_shards": {"failed": 0}},
    {"code": 1, "message": "success"},
    {"code": 10000, "msg": "Success."},
    {"code": "S0001", "msg": "ok"},
    {"code": 1, "msg": "操作成功"},
    {"error": {"code": "0000", "message": "Success"}},
]


def read(
    body: object,
    *,
    status: int = 200,
    selector: str | None = "data",
    state: dict[str, Any] | None = None,
    **entry: Any,  # noqa: ANN401  # any key of an entry
) -> Outcome:
    """Read a response as the whole of the stream `items`, which replaces its table."""
    endpoint = {"path": "items", "data_selector": selector, "paginator": "single_page"}
    resource = {
        "name": "items",
        "schema": SCHEMA,
        "write_disposition": "replace",
        "endpoint": {name: value for name, value in endpoint.items() if value},
        **entry,
    }
    with serving(lambda _: Response(body, status)) as server:
        return run_tap(server, {"resources": [resource]}, state=state)


def ended(outcome: Outcome) -> tuple[str, str, int, bool]:
    """Status and verdict, how many records came, and whether the table was replaced by them."""
    part = outcome.stream("items")
    replaced = bool(outcome.of("ACTIVATE_VERSION"))
    return part["status"], part["verdict"], len(outcome.records("items")), replaced


@pytest.mark.parametrize("selector", ["data", None])
@pytest.mark.parametrize("empty", [[], None])
@pytest.mark.parametrize(("told", "name", "how"), FAILURES)
def test_where_no_record_came_the_table_is_not_taken_for_empty(
    told: dict[str, Any], name: str, how: str, empty: object, selector: str | None
) -> None:
    outcome = read({"data": empty, **told}, selector=selector)
    assert ended(outcome) == ("succeeded" if how == LACKS else "failed", "not proven", 0, False)
    if how != LACKS and not (selector is None and empty is None):
        sentence = f"`{name}` tells of an error (`ignore_signs: [{name}]` takes it for none)"
        assert sentence in outcome.stream("items")["error"]
    ignoring = read({"data": empty, **told}, selector=selector, ignore_signs=[name.upper()])
    assert ended(ignoring) == ("succeeded", "proven", 0, True)


@pytest.mark.parametrize(("told", "name", "how"), FAILURES)
def test_beside_records_it_is_not_proven(told: dict[str, Any], name: str, how: str) -> None:
    outcome = read({"data": ROWS, **told})
    if how == CODE:
        assert ended(outcome) == ("succeeded", "proven", 2, True), "some APIs have 1 for a success"
        return
    assert ended(outcome) == ("succeeded", "not proven", 2, False)
    assert outcome.stream("items")["reasons"][0].startswith(f"`{name}` of first page tells of")


@pytest.mark.parametrize("selector", ["data", None])
@pytest.mark.parametrize("told", FINE)
def test_an_envelope_that_says_that_all_went_well_is_proven(
    told: dict[str, Any], selector: str | None
) -> None:
    for rows in ROWS, [], None:
        outcome = read({"data": rows, **told}, selector=selector)
        assert ended(outcome) == ("succeeded", "proven", len(rows or []), True)


@pytest.mark.parametrize(
    ("past", "status"),
    [
        ({"code": 7, "message": "no more"}, "succeeded"),
        ({"code": 8, "message": "no more"}, "failed"),
        ({"code": 500, "message": "no more"}, "failed"),
    ],
)
def test_a_code_that_came_beside_records_tells_of_no_error_on_an_empty_page(
    past: dict[str, Any], status: str
) -> None:
    pages = {"1": {"code": 7, "message": "10 found", "data": [{"id": n} for n in range(10)]}}
    endpoint = {"data_selector": "data", "paginator": {"type": "page_number", "base_page": 1}}
    outcome = read_list(
        lambda query: pages.get(query["page"], {"data": [], **past}),
        endpoint=endpoint,
        schema=SCHEMA,
    )
    assert outcome.stream("items")["status"] == status
    assert len(outcome.records("items")) == 10


def test_a_code_of_failure_beside_records_is_one_on_an_empty_page_too() -> None:
    pages = {"1": {"code": 500, "data": [{"id": n} for n in range(10)]}}
    outcome = read_list(
        lambda query: pages.get(query["page"], {"code": 500, "data": []}),
        endpoint={"paginator": {"type": "page_number", "base_page": 1}},
        schema=SCHEMA,
    )
    assert outcome.stream("items")["status"] == "failed"


def test_status_202_with_an_empty_list_is_no_empty_table() -> None:
    outcome = read({"data": []}, status=202)
    assert ended(outcome) == ("failed", "not proven", 0, False)
    assert "its status 202 says that the request is accepted" in outcome.stream("items")["error"]
    assert ended(read({"data": []}, status=202, ignore_signs=["202"]))[1] == "proven"
    assert ended(read({"data": ROWS}, status=202)) == ("succeeded", "proven", 2, True)


ERROR_BODIES: list[dict[str, Any]] = [
    {"message": "quota exceeded", "limit": 100},
    {"success": False, "reason": "quota"},
    {"maintenance": True},
    {"data": {"message": "busy"}},
    {"data": None, "meta": {"ok": False}},
    {"faults": [{"code": 7}]},
]


@pytest.mark.parametrize("selector", ["data", None])
@pytest.mark.parametrize("body", ERROR_BODIES)
def test_an_object_in_the_place_of_the_list_of_the_run_before_is_no_record(
    body: dict[str, Any], selector: str | None
) -> None:
    before = read({"data": ROWS}, selector=selector)
    assert before.state["bookmarks"]["items"]["records_at"] == "data"
    assert ended(before) == ("succeeded", "proven", 2, True)
    after = read(body, selector=selector, state=before.state)
    assert ended(after) == ("failed", "not proven", 0, False)


def test_ignore_signs_takes_that_object_for_the_record_that_it_is() -> None:
    before = read({"data": ROWS})
    outcome = read({"data": {"id": 3}}, state=before.state, ignore_signs=["data"])
    assert ended(outcome) == ("succeeded", "proven", 1, True)


@pytest.mark.parametrize("body", [{"id": 1, "status": "failed"}, {"id": 1, "value": None}])
def test_an_object_that_was_always_one_is_the_record(body: dict[str, Any]) -> None:
    state = None
    for _ in range(2):
        outcome = read(body, selector=None, state=state)
        assert ended(outcome) == ("succeeded", "proven", 1, True)
        state = outcome.state


def test_an_object_that_has_the_key_is_a_record_wherever_lists_were() -> None:
    before = read({"data": ROWS}, primary_key="id")
    outcome = read({"data": {"id": 3}}, primary_key="id", state=before.state)
    assert ended(outcome) == ("succeeded", "proven", 1, True)
    without = read({"data": {"message": "busy"}}, primary_key="id", state=before.state)
    assert ended(without)[1:] == ("not proven", 0, False)


@pytest.mark.parametrize(
    "body",
    [
        {"title": "GitLab", "description": "x"},
        {"title": "GitLab", "path": "/x", "timestamp": 1},
        {"code": "EUR", "name": "Euro", "message": None},
    ],
)
def test_an_object_that_tells_of_no_error_is_the_record(body: dict[str, Any]) -> None:
    outcome = read(body, selector=None, schema=None)
    assert ended(outcome) == ("succeeded", "proven", 1, True)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "quota exceeded"},
        {"title": "Forbidden", "detail": "quota exceeded"},
        {"code": "EUR", "description": "Euro"},
        {"code": 7, "message": "late", "name": "x"},
        {"error": "late", "name": "x"},
    ],
)
def test_of_an_object_that_reads_like_an_error_the_sentence_says_what_takes_it_for_a_record(
    body: dict[str, Any],
) -> None:
    outcome = read(body, selector=None)
    assert ended(outcome) == ("failed", "not proven", 0, False)
    said = "reads like an error (`data_selector: $` takes it for a record)"
    assert said in outcome.stream("items")["error"]
    assert ended(read(body, selector="$")) == ("succeeded", "proven", 1, True)


def test_null_in_the_place_of_a_list_beside_an_error_is_not_said_to_be_a_record() -> None:
    error = read({"data": None, "success": False}, selector=None).stream("items")["error"]
    assert "reads like an error." in error
