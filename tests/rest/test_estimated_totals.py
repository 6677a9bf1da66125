"""A total that says of itself that it is no exact one ends nothing and proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ROWS, COUNTED, SIZE = 25, 20, 10
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
ESTIMATES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("nbHits", {"exhaustiveNbHits": False}, {"exhaustiveNbHits": True}),
    ("numFound", {"numFoundExact": False}, {"numFoundExact": True}),
    ("total", {"is_estimated_total": "true"}, {"is_estimated_total": "false"}),
]


PATHS = [
    "hits.total.value",
    "$.hits.total.value",
    "$['hits']['total']['value']",
    "$.hits.*.value",
    "$..total.value",
]


def search(relation: str, window: int, total_path: str = PATHS[0]) -> Outcome:
    """Read an index as Elasticsearch has it: it stops counting, and reads no further than that."""

    def respond(request: Request) -> Response:
        begin = request.json.get("from", 0)
        if begin + SIZE > window:
            return Response({"error": {"reason": "Result window is too large"}}, status=400)
        hits = [{"id": row} for row in range(begin, min(begin + SIZE, ROWS))]
        value = ROWS if relation == "eq" else COUNTED
        return Response({"hits": {"total": {"value": value, "relation": relation}, "hits": hits}})

    places = {"offset_body_path": "from", "limit_body_path": "size", "limit": SIZE}
    paginator = {"type": "offset", **places, "total_path": total_path}
    endpoint = {"path": "_search", "method": "POST", "json": {"q": 1}, "paginator": paginator}
    entry: dict[str, Any] = {"name": "items", "primary_key": "id", "schema": SCHEMA}
    entry |= {"write_disposition": "replace"}
    resource = {**entry, "endpoint": {"data_selector": "hits.hits", **endpoint}}
    with serving(respond) as server:
        config = {"resources": [resource], "emit_activate_version_messages": True}
        return run_tap(server, config, concurrency=1)


@pytest.mark.parametrize("path", PATHS)
def test_a_lower_bound_is_no_end(path: str) -> None:
    part = search("gte", 100, path).stream("items")
    assert (part["verdict"], part["records"], part["passes"]) == ("proven", ROWS, 2)
    part = search("eq", 100, path).stream("items")
    assert (part["verdict"], part["records"], part["passes"]) == ("proven", ROWS, 2)
    assert part["stop_reason"] == "the declared total"


@pytest.mark.parametrize("path", PATHS)
def test_where_the_server_reads_no_further_the_stream_fails_and_nothing_is_deleted(
    path: str,
) -> None:
    outcome = search("gte", COUNTED, path)
    part = outcome.stream("items")
    assert (part["status"], part["verdict"]) == ("failed", "not proven")
    assert "Result window is too large" in part["error"]
    assert outcome.of("ACTIVATE_VERSION") == []


@pytest.mark.parametrize(("name", "estimate", "exact"), ESTIMATES, ids=[e[0] for e in ESTIMATES])
def test_an_estimate_of_any_api_proves_no_full_page(
    name: str, estimate: dict[str, Any], exact: dict[str, Any]
) -> None:
    for says, verdict in ((estimate, "not proven"), (exact, "proven")):
        body = {"data": [{"id": row} for row in range(SIZE)], name: SIZE, **says}

        def answer(_: object, body: dict[str, Any] = body) -> dict[str, Any]:
            return body

        part = read_list(answer, endpoint={"paginator": "auto"}).stream("items")
        assert part["verdict"] == verdict, says


@pytest.mark.parametrize("named", [True, False], ids=["named", "found"])
@pytest.mark.parametrize(("name", "estimate", "exact"), ESTIMATES, ids=[e[0] for e in ESTIMATES])
def test_an_estimate_proves_no_pass(
    name: str, estimate: dict[str, Any], exact: dict[str, Any], *, named: bool
) -> None:
    """Rows that are known as old are proven in one pass by a total, and in two without."""
    paginator: dict[str, Any] = {"type": "page_number", "base_page": 1}
    paginator |= {"records_total_path": name} if named else {}
    schema = {"properties": {"id": {"type": "integer"}, "at": {"type": "string"}}}
    schema["properties"]["at"]["format"] = "date-time"
    for says, passes in ((estimate, 2), (exact, 1)):

        def answer(query: dict[str, str], says: dict[str, Any] = says) -> dict[str, Any]:
            begin = SIZE * (int(query["page"]) - 1)
            page = range(begin, min(begin + SIZE, ROWS))
            rows = [{"id": row, "at": "2020-01-01T00:00:00Z"} for row in page]
            return {"data": rows, name: ROWS, **says}

        endpoint = {"paginator": paginator, "incremental": {"cursor_path": "at"}}
        part = read_list(answer, endpoint=endpoint, schema=schema).stream("items")
        assert (part["verdict"], part["records"]) == ("proven", ROWS)
        assert part["passes"] == passes, says


@pytest.mark.parametrize("path", ["counts[0]", "$.counts[?(@.of=='all')].number"])
def test_what_stands_around_a_list_of_counts_is_beside_them(path: str) -> None:
    counts: Any = [COUNTED] if path == "counts[0]" else [{"of": "all", "number": COUNTED}]
    says = {"relation": "gte"}
    if path != "counts[0]":
        counts, says = [counts[0] | says], {}

    def answer(query: dict[str, str]) -> dict[str, Any]:
        begin = int(query.get("offset", 0))
        rows = [{"id": row} for row in range(begin, min(begin + SIZE, ROWS))]
        return {"data": rows, "counts": counts, **says}

    paginator = {"type": "offset", "limit": SIZE, "total_path": path}
    part = read_list(answer, endpoint={"paginator": paginator}).stream("items")
    assert (part["stop_reason"], part["records"]) == ("an empty page", ROWS)


def test_the_place_of_a_total_that_an_object_wraps_is_the_one_that_ends_a_reading() -> None:
    def answer(query: dict[str, str]) -> dict[str, Any]:
        begin = int(query.get("offset", 0))
        rows = [{"id": row} for row in range(begin, min(begin + SIZE, ROWS))]
        return {"hits": {"total": {"value": ROWS, "relation": "eq"}}, "data": rows}

    (reason,) = read_list(answer).stream("items")["reasons"]
    assert "`hits.total: 25`" in reason
    assert "`offset` with `total_path: hits.total.value`" in reason
    paginator = {"type": "offset", "limit": SIZE, "total_path": "hits.total.value"}
    part = read_list(answer, endpoint={"paginator": paginator}).stream("items")
    assert (part["stop_reason"], part["records"]) == ("the declared total", ROWS)
