"""What the page on dlt says of dlt itself, shown by dlt: see `tests/docs` for what it says of here.

dlt is in the dependency group `bench`, so that this is left out where it is not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility import DLT_MISSING
from tests.support.compatibility.endpoints import page, respond
from tests.support.compatibility.server import Request, Response, serving
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.compatibility.server import ShapeServer

rest_api = pytest.importorskip("dlt.sources.rest_api", reason=DLT_MISSING)

pytestmark = pytest.mark.slow

PAGE = " ".join((DOCS / "coming-from-dlt.md").read_text(encoding="utf-8").split())
NUMBERED: dict[str, Any] = {"type": "page_number", "base_page": 1, "total_path": None}


def source(server: ShapeServer, *resources: object, **settings: Any) -> list[Any]:  # noqa: ANN401
    client = {"base_url": server.base_url, **settings.pop("client", {})}
    config = {"client": client, "resources": [*resources], **settings}
    found: list[Any] = rest_api.rest_api_resources(config)
    return found


def read(
    endpoint: dict[str, Any] | str,
    routes: Callable[[Request], Response] = respond,
    **settings: Any,  # noqa: ANN401  # what else the configuration has
) -> tuple[list[dict[str, Any]], list[Request]]:
    """What dlt reads of one resource, and what it asks for."""
    with serving(routes) as server:
        (resource,) = source(server, {"name": "rows", "endpoint": endpoint}, **settings)
        return [dict(row) for row in resource], server.requests


def the_first_of_several_lists() -> None:
    rows, _ = read("two-lists")
    assert rows


def one_page() -> None:
    rows, requests = read("rows")
    assert (len(rows), len(requests)) == (10, 1)


def the_parameter_of_a_cursor() -> None:
    def cursors(request: Request) -> Response:
        first = not request.query
        return Response({"data": page(1), "cursors": {"next": "n" if first else None}})

    _, requests = read({"path": "x", "paginator": "cursor"}, cursors)
    assert [request.query for request in requests] == [{}, {"cursor": "n"}]


def where_pages_start() -> None:
    _, requests = read({"path": "from-0", "paginator": {"type": "page_number", "total_path": None}})
    assert requests[0].query == {"page": "0"}


def maximum_page() -> None:
    rows, _ = read({"path": "from-1", "paginator": {**NUMBERED, "maximum_page": 2}})
    assert len(rows) == 10


def no_page_size() -> None:
    _, requests = read({"path": "from-1", "paginator": NUMBERED})
    assert {*requests[0].query} == {"page"}


def one_object() -> None:
    paginator = {**NUMBERED, "maximum_page": 5}
    rows, _ = read("x", lambda _: Response({"name": "x"}), client={"paginator": paginator})
    assert len(rows) == 4


def lag() -> None:
    since = {"cursor_path": "id", "start_param": "since", "initial_value": 100, "lag": 10}
    _, requests = read({"path": "rows", "incremental": since})
    assert requests[0].query == {"since": "100"}


def equal_records() -> None:
    rows, _ = read("x", lambda _: Response([{"a": 1}, {"a": 1}]))
    assert len(rows) == 2


def the_total() -> None:
    def totals(request: Request) -> Response:
        return Response({"data": page(int(request.query.get("page", 1))), "total": 1})

    numbered = {"type": "page_number", "base_page": 1}
    assert len(read({"path": "x", "paginator": numbered}, totals)[0]) == 10
    for total_path in (None, ""):
        paginator = {**numbered, "total_path": total_path}
        assert len(read({"path": "x", "paginator": paginator}, totals)[0]) == 25


def defaults() -> None:
    with serving(respond) as server:
        resources = source(server, "list", "rows", resource_defaults={"primary_key": "id"})
        keys = [resource.compute_table_schema()["columns"] for resource in resources]
    assert all(columns["id"]["primary_key"] for columns in keys)


def true_and_false() -> None:
    _, requests = read({"path": "rows", "params": {"a": True, "b": False}})
    assert requests[0].query == {"a": "True", "b": "False"}


def scalars() -> None:
    dlt = pytest.importorskip("dlt", reason=DLT_MISSING)
    with serving(respond) as server:
        resource = source(server, {"name": "rows", "endpoint": "scalars"})[0]
        assert all(isinstance(item, str) for item in resource)
        pipeline = dlt.pipeline("scalars", destination="duckdb", dev_mode=True)
        pipeline.extract(source(server, {"name": "rows", "endpoint": "scalars"}))
        pipeline.normalize()
        assert "value" in pipeline.default_schema.tables["rows"]["columns"]


def only_the_children_of_changed_parents() -> None:
    dlt = pytest.importorskip("dlt", reason=DLT_MISSING)
    since = {
        "cursor_path": "updated_at",
        "start_param": "since",
        "initial_value": "2024-01-20T00:00:00Z",
    }
    parents = {
        "name": "parents",
        "endpoint": {"path": "since", "paginator": "single_page", "incremental": since},
    }
    child = {"name": "rows", "endpoint": "rows/{resources.parents.id}/comments"}
    pipeline = dlt.pipeline("parents", destination="duckdb", dev_mode=True)
    children = []
    for _ in range(2):
        with serving(respond) as server:
            pipeline.extract(source(server, parents, child))
            children.append(sum("/comments" in request.path for request in server.requests))
    assert (children[0] >= 6, children[1]) == (True, 0)


def a_selector_that_leads_nowhere() -> None:
    rows, _ = read({"path": "rows", "data_selector": "nowhere"})
    assert rows == []


SENTENCES: dict[str, Callable[[], None]] = {
    "Where dlt takes the first of several lists, the tap says which there are, and stops.": (
        the_first_of_several_lists
    ),
    "Where dlt reads one page because nothing tells of more, the tap asks for page 2 once.": (
        one_page
    ),
    "The parameter that takes a cursor is found by trial; in dlt it is `cursor`.": (
        the_parameter_of_a_cursor
    ),
    "In dlt `page_number` starts at 0 unless `base_page` says otherwise.": where_pages_start,
    "is the first page that is not read where there is a `client` block, as in dlt.": maximum_page,
    "dlt's `page_number` sends none": no_page_size,
    "dlt reads it again for each page.": one_object,
    "in dlt only before a bookmark.": lag,
    "dlt's `append` keeps all.": equal_records,
    "dlt looks for `total` in the body unless `total_path` is `null` or empty.": the_total,
    "`resource_defaults` goes under every entry as in dlt.": defaults,
    "dlt sends `True` and `False`.": true_and_false,
    "dlt puts each into a column `value`.": scalars,
    "In dlt only the children of changed parents are read again.": (
        only_the_children_of_changed_parents
    ),
    "in dlt such a page has no records.": a_selector_that_leads_nowhere,
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_the_page_says_of_dlt_is_true(
    sentence: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence in PAGE
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path))
    SENTENCES[sentence]()
