"""Some servers leave an empty list out: what is left is an envelope, and no record."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import StreamError
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.harness import Outcome

EMPTY, FULL = {"count": 0}, {"count": 2, "kids": [{"name": "a"}, {"name": "b"}]}


def read(of_parents: Mapping[str, object], **endpoint: object) -> Outcome:
    """Read a child without a key, of parents whose responses these are."""

    def respond(request: Request) -> Response:
        if request.path == "/parents":
            return Response({"data": [{"id": parent} for parent in of_parents]})
        return Response(of_parents[request.path.split("/")[2]])

    parents: dict[str, Any] = {"path": "parents", "data_selector": "data"}
    of_parent = {"x": {"type": "resolve", "resource": "parents", "field": "id"}}
    kids: dict[str, Any] = {"path": "parents/{x}/kids", "params": of_parent, **endpoint}
    schema = {"type": "object", "properties": {"name": {"type": ["string", "null"]}}}
    keyed, declared = {"primary_key": "id"}, {"schema": schema}
    resources = [
        {"name": name, "endpoint": {"paginator": "single_page", **each}, **more}
        for name, each, more in (("parents", parents, keyed), ("kids", kids, declared))
    ]
    with serving(respond) as server:
        return run_tap(server, {"resources": resources}, concurrency=1)


def names(outcome: Outcome) -> list[Any]:
    """What the records that went out have as their names."""
    return [record.get("name") for record in outcome.records("kids")]


@pytest.mark.parametrize("later", [FULL, {"count": 0, "kids": []}], ids=["a list", "an empty list"])
def test_an_envelope_is_no_record_once_another_has_a_list(later: object) -> None:
    outcome = read({"1": EMPTY, "2": later, "3": FULL})
    error = outcome.stream("kids")["error"]
    assert "`kids` holds a list, and a response before had none" in error
    assert "set `data_selector: kids`" in error


def test_what_the_sentence_advises_reads_them_all() -> None:
    ignored = {"content": '"count": 0', "action": "ignore"}
    outcome = read({"1": EMPTY, "2": FULL}, data_selector="kids", response_actions=[ignored])
    part = outcome.stream("kids")
    assert (part["error"], part["verdict"], names(outcome)) == (None, "proven", ["a", "b"])


@pytest.mark.parametrize(
    "record",
    [
        lambda at: {"count": at},
        lambda at: {"total": at, "pages": 4},
        lambda at: {"name": "a", **({"tags": ["x"]} if at else {})},
    ],
    ids=["a count", "two counts", "a list among its fields"],
)
def test_objects_that_stay_without_a_list_are_records(record: Callable[[int], object]) -> None:
    outcome = read({str(at): record(at) for at in range(3)})
    part = outcome.stream("kids")
    assert (part["error"], part["records"], part["verdict"]) == (None, 3, "proven")


def read_pages(pages: Mapping[str, object], *, selector: str | None) -> Outcome:
    """Read a list whose pages are asked for by `cursor`."""
    kind = {"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}
    endpoint = {"data_selector": selector, "paginator": kind}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    return read_list(lambda query: pages[query.get("cursor", "")], endpoint=endpoint, schema=schema)


def rows(first: int, last: int) -> list[dict[str, int]]:
    """Records with these numbers."""
    return [{"id": number} for number in range(first, last + 1)]


ITEMS: dict[str, Any] = {
    "": {"items": rows(1, 9), "next": "2"},
    "2": {"items": rows(10, 18), "next": "3"},
}
WITHIN: dict[str, Any] = {
    key: {"found": {"items": page["items"], "start": 1}, "next": page["next"]}
    for key, page in ITEMS.items()
}


@pytest.mark.parametrize(
    ("pages", "selector"),
    [
        (ITEMS | {"3": {}}, "items"),
        (ITEMS | {"3": {}}, None),
        (ITEMS | {"3": {"next": None}}, "items"),
        (WITHIN | {"3": {"found": {}}}, "found.items"),
        (WITHIN | {"3": {"found": {"start": 19}, "next": None}}, "found.items"),
        (WITHIN | {"3": {}}, "found.items"),
    ],
    ids=itertools.count(),
)
def test_a_later_page_without_its_list_is_empty(
    pages: dict[str, object], selector: str | None
) -> None:
    """So write all servers of proto3 JSON, and Go where a field may be left out."""
    outcome = read_pages(pages, selector=selector)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"], part["records"]) == (None, "proven", 18)
    assert part["stop_reason"] == "no further cursor"


def test_a_page_in_the_middle_without_its_list_is_no_end() -> None:
    pages = ITEMS | {"3": {"next": "4"}, "4": {"items": rows(19, 20)}}
    outcome = read_pages(pages, selector="items")
    assert outcome.stream("items")["error"] is None
    assert len(outcome.records("items")) == 20


@pytest.mark.parametrize(
    "third",
    [
        {"fault": "busy"},
        {"next": None, "fault": "busy"},
        {"items": "none"},
        None,
        [],
        "busy",
    ],
    ids=itertools.count(),
)
def test_a_later_page_that_is_no_such_envelope_is_an_error(third: object) -> None:
    outcome = read_pages(ITEMS | {"3": third}, selector="items")
    assert outcome.stream("items")["status"] == "failed"
    assert "no records: `items`" in outcome.stream("items")["error"]


@pytest.mark.parametrize("third", [{"found": None}, {"found": []}, {"found": {"fault": "busy"}}])
def test_what_leads_to_the_list_has_to_be_as_before_too(third: object) -> None:
    outcome = read_pages(WITHIN | {"3": third}, selector="found.items")
    assert outcome.stream("items")["status"] == "failed"


def test_a_later_page_without_its_list_that_tells_of_an_error_is_one() -> None:
    pages: dict[str, Any] = {key: {**page, "status": "ok"} for key, page in ITEMS.items()}
    outcome = read_pages(pages | {"3": {"status": "error"}}, selector="items")
    assert outcome.stream("items")["status"] == "failed"
    assert "`status` tells of an error" in outcome.stream("items")["error"]


@pytest.mark.parametrize("first", [{}, {"next": "2"}])
def test_a_first_page_without_its_list_is_an_error(first: object) -> None:
    outcome = read_pages(ITEMS | {"": first}, selector="items")
    assert outcome.stream("items")["status"] == "failed"
    said = "`items` is not there (`ignore_signs: [items]` takes it for an empty list)"
    assert said in outcome.stream("items")["error"]


GOOGLE = {"kind": "drive#list", "etag": "x"}


def read_from(body: Any, **entry: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """Read a list of Google's that begins with this page."""
    pages: dict[str, Any] = {
        "": body,
        "t2": GOOGLE | {"items": rows(1, 9), "nextPageToken": "t3"},
        "t3": GOOGLE | {"items": rows(10, 18)},
    }
    cursor = {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"}
    return read_list(
        lambda query: pages[query.get("pageToken", "")],
        endpoint={"paginator": cursor, "data_selector": "items"},
        schema={"properties": {"id": {"type": "integer"}}},
        **entry,
    ).stream("items")


@pytest.mark.parametrize("left_out", [{}, GOOGLE, GOOGLE | {"nextPageToken": "t2"}], ids=str)
def test_the_user_may_take_a_first_page_without_its_list_for_an_empty_one(left_out: Any) -> None:  # noqa: ANN401  # any JSON
    """No text tells it from a page with records: `response_actions` could not name it."""
    failed = read_from(left_out)
    assert (failed["status"], failed["records"]) == ("failed", 0)
    assert "(`ignore_signs: [items]` takes it for an empty list)" in failed["error"]
    part = read_from(left_out, ignore_signs=["items"])
    assert (part["error"], part["records"]) == (None, 18 if "nextPageToken" in left_out else 0)
    # Pages of no equal size prove nothing.
    assert part["verdict"] == ("not proven" if "nextPageToken" in left_out else "proven")


@pytest.mark.parametrize(
    "other",
    [{"message": "busy"}, {"success": False}, [], 7, None, {"item": rows(1, 2)}],
    ids=str,
)
def test_what_is_no_envelope_of_an_empty_list_is_an_error_without_that_advice(other: Any) -> None:  # noqa: ANN401  # any JSON
    part = read_from(other)
    assert part["status"] == "failed"
    assert "ignore_signs" not in part["error"]
    ignored = read_from(other, ignore_signs=["items"])
    # A list under another name is the user's own business: some have one beside the records.
    assert ignored["status"] == ("succeeded" if other == {"item": rows(1, 2)} else "failed")


@pytest.mark.parametrize(
    "body",
    [
        {"meta": {"result_count": 0}},
        {"_links": {"self": {"href": "/items"}}, "page": {"totalElements": 0}},
        {"nextPageToken": "1"},
        {"kind": "drive#list", "etag": "x"},
        {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}},
    ],
)
def test_an_envelope_without_the_key_is_no_record(body: object) -> None:
    """Its members were the columns of the table, and its record was said to lack its key."""
    schema = {"properties": {"id": {"type": "integer"}}}
    outcome = read_list(lambda _: body, endpoint={"data_selector": None}, schema=schema)
    said = "the response has no list and no record, only"
    assert said in outcome.stream("items")["error"]
    assert outcome.of("RECORD") == []
    with pytest.raises(StreamError, match=said):
        read_list(lambda _: body, endpoint={"data_selector": None})


def test_an_envelope_that_has_the_key_is_the_record() -> None:
    outcome = read_list(
        lambda _: {"count": 5, "total": 7}, primary_key="count", endpoint={"data_selector": None}
    )
    assert outcome.records("items") == [{"count": 5, "total": 7}]
