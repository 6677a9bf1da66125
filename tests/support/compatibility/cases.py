"""Configurations that are plain JSON, each with the streams and the numbers of records it reads.

`{host}` stands for the server's address. What dlt reads differently, the tap rightly so, is named.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ALL = 25
PAGE = 10


class Case(NamedTuple):
    """One configuration."""

    config: dict[str, Any]
    counts: dict[str, int]
    dlt: str | None = None
    """Why dlt does not read the same; None where it does."""


def endpoint(counts: int = ALL, dlt: str | None = None, **parts: Any) -> Case:  # noqa: ANN401
    """A configuration of one endpoint."""
    resource = {"name": "rows", "endpoint": parts}
    return Case({"resources": [resource]}, {"rows": counts} if counts else {}, dlt)


def children(counts: int, part: dict[str, Any], **parent: Any) -> Case:  # noqa: ANN401
    """A configuration of a parent and its child."""
    parents = {"name": "parents", "endpoint": {"path": "list", **parent}}
    resources = [parents, {"name": "rows", "endpoint": part}]
    read = ALL if parent else PAGE
    return Case({"resources": resources}, {"parents": read, "rows": counts})


def numbers(kind: str = "page_number", **keys: Any) -> dict[str, Any]:  # noqa: ANN401
    """A paginator."""
    return {"type": kind, **keys}


ONE_BASED = "dlt counts pages from 0, and asks for page 0 where the API has none"
CHANGES = "no two responses are the same"
UNDETECTED = "dlt reads the first page only"
SINCE = {"cursor_path": "updated_at", "initial_value": "2024-01-20T00:00:00Z"}
PARENT = {"id": {"type": "resolve", "resource": "parents", "field": "id"}}

CASES: dict[str, Case] = {
    # Where the records are.
    "a list": endpoint(PAGE, path="list"),
    "a bare string": Case({"resources": ["list"]}, {"list": PAGE}),
    "a string as endpoint": Case({"resources": [{"name": "r", "endpoint": "rows"}]}, {"r": PAGE}),
    "an envelope": endpoint(PAGE, path="rows"),
    "an unusual name": endpoint(PAGE, path="many-results"),
    "a deep list": endpoint(PAGE, path="deep"),
    "the usual name beside errors": endpoint(PAGE, path="two-named"),
    "a selector": endpoint(PAGE, path="many-results", data_selector="many-results"),
    "a JSONPath": endpoint(PAGE, path="deep", data_selector="$.response.result.list[*]"),
    "one object": endpoint(1, path="object"),
    "one object at a selector": endpoint(1, path="wrapped-object", data_selector="data"),
    "null at a selector": endpoint(0, path="null", data_selector="data"),
    "null instead of a body": endpoint(0, path="null-body"),
    "objects under names": endpoint(2, path="keyed", data_selector="$.*"),
    "a filter as selector": endpoint(5, path="rows", data_selector="data[?(@.id > 5)]"),
    "the last record as cursor": endpoint(
        path="last-item",
        paginator=numbers("cursor", cursor_path="data[-1].id", cursor_param="after"),
    ),
    "an empty list": endpoint(0, path="empty"),
    "lists within a list": endpoint(20, path="groups", data_selector="groups[*].rows[*]"),
    # How pages follow each other, where nobody says it.
    "Link": endpoint(path="header-link"),
    "next": endpoint(path="next"),
    "next_page": endpoint(path="next-page"),
    "links.next": endpoint(path="links-next"),
    "meta.next_url": endpoint(path="meta-next-url"),
    "paging.next_link": endpoint(path="next-items"),
    "a relative link": endpoint(path="relative"),
    "auto": endpoint(path="next", paginator="auto"),
    "auto as an object": endpoint(path="header-link", paginator={"type": "auto"}),
    "a cursor": endpoint(path="next-cursor"),
    "a number as cursor": endpoint(path="cursor-number"),
    "a token": endpoint(dlt=UNDETECTED, path="cursor-token"),
    "pages without a sign": endpoint(dlt=UNDETECTED, path="from-1"),
    "a bare list in pages": endpoint(dlt=UNDETECTED, path="from-1-bare"),
    "pages from 0 without a sign": endpoint(dlt=UNDETECTED, path="from-0"),
    "a count of pages": endpoint(dlt="dlt reads page 1 twice", path="counted"),
    "a count of pages from 0": endpoint(path="counted-from-0"),
    # How they do where somebody says it.
    "header_link": endpoint(path="header-link", paginator="header_link"),
    "header_cursor": endpoint(
        path="header-cursor", paginator={"type": "header_cursor", "cursor_key": "cursor"}
    ),
    "json_link": endpoint(path="next", paginator="json_link"),
    "json_link at a path": endpoint(
        path="links-next", paginator=numbers("json_link", next_url_path="links.next")
    ),
    "single_page": endpoint(PAGE, path="next", paginator="single_page"),
    "cursor": endpoint(
        path="cursor-token",
        paginator=numbers("cursor", cursor_path="next_token", cursor_param="token"),
    ),
    "page numbers from nowhere": endpoint(
        dlt=ONE_BASED, path="from-1", paginator=numbers(total_path=None)
    ),
    "page numbers from 0": endpoint(path="from-0", paginator=numbers(total_path=None)),
    "page numbers with an empty total": endpoint(
        path="from-0", paginator=numbers(base_page=0, total_path="")
    ),
    "page numbers from 1": endpoint(path="from-1", paginator=numbers(base_page=1, total_path=None)),
    "page numbers with a total": endpoint(
        path="counted", paginator=numbers(base_page=1, total_path="total_pages")
    ),
    "another parameter": endpoint(
        path="page-no", paginator=numbers(base_page=1, page_param="p", total_path=None)
    ),
    "the second page first": endpoint(
        15, path="from-1", paginator=numbers(base_page=1, page=2, total_path=None)
    ),
    "a page alone": endpoint(path="from-1", paginator=numbers(page=1, total_path=None)),
    "a maximum": endpoint(
        20, path="from-1", paginator=numbers(base_page=1, maximum_page=3, total_path=None)
    ),
    "a maximum from 0": endpoint(
        20, path="from-0", paginator=numbers(base_page=0, maximum_page=2, total_path=None)
    ),
    "offsets": endpoint(path="offset", paginator=numbers("offset", limit=10, total_path=None)),
    "offsets with a total": endpoint(path="offset-total", paginator=numbers("offset", limit=7)),
    "the client's paginator": Case(
        {"client": {"paginator": "json_link"}, "resources": ["next"]}, {"next": ALL}
    ),
    # A POST.
    "a page in the body": endpoint(
        path="body-page",
        method="POST",
        json={"q": "x"},
        paginator=numbers(base_page=1, page_body_path="page", total_path=None),
    ),
    "a page deep in the body": endpoint(
        path="body-nested-page",
        method="POST",
        json={"paging": {"size": 10}},
        paginator=numbers(base_page=1, page_body_path="paging.page", total_path=None),
    ),
    "an offset in the body": endpoint(
        path="body-offset",
        method="POST",
        paginator=numbers(
            "offset", limit=10, offset_body_path="offset", limit_body_path="limit", total_path=None
        ),
    ),
    "a cursor in the body": endpoint(
        path="cursor-body",
        method="POST",
        json={},
        paginator=numbers("cursor", cursor_path="next_cursor", cursor_body_path="after"),
    ),
    "a page that only the body takes": endpoint(
        dlt=UNDETECTED, path="body-page-alone", method="POST", json={}
    ),
    "a cursor that only the body takes": endpoint(
        dlt=UNDETECTED, path="body-cursor-alone", method="POST", json={"q": "x"}
    ),
    # What changes with every request.
    "an object that changes": endpoint(1, dlt=CHANGES, path="status"),
    # Names.
    "a name with a dash": Case({"resources": ["pull-requests"]}, {"pull_requests": PAGE}),
    "a name with a slash": Case({"resources": ["rows/1/comments"]}, {"rows_1_comments": 4}),
    "a parent with a dash": Case(
        {
            "resources": [
                {"name": "pull-requests"},
                {"name": "com-ments", "endpoint": "rows/{resources.pull-requests.id}/comments"},
            ]
        },
        {"pull_requests": PAGE, "com_ments": 40},
    ),
    # Parents.
    "a child by its path": children(40, {"path": "rows/{id}/comments", "params": PARENT}),
    "a child by a reference": children(40, {"path": "rows/{resources.parents.id}/comments"}),
    "a child of a parent of several pages": children(
        100, {"path": "rows/{resources.parents.id}/comments"}, path="next"
    ),
    "a child of a parent from its initial value": Case(
        {
            "resources": [
                {
                    "name": "parents",
                    "primary_key": "id",
                    "endpoint": {
                        "path": "since",
                        "paginator": "single_page",
                        "incremental": {**SINCE, "start_param": "since"},
                    },
                },
                {"name": "rows", "endpoint": "rows/{resources.parents.id}/comments"},
            ]
        },
        {"parents": 6, "rows": 24},
    ),
    "a child by a parameter": children(
        40, {"path": "comments-by-param", "params": {"row": "{resources.parents.id}"}}
    ),
    "a child by a header": children(
        40, {"path": "comments-by-header", "headers": {"X-Row": "{resources.parents.id}"}}
    ),
    "a child by a body": children(
        20,
        {
            "path": "comments-by-body",
            "method": "POST",
            "json": {"row": "{resources.parents.id}"},
            "paginator": "single_page",
        },
    ),
    "details, some of them gone": children(
        5,
        {
            "path": "details/{resources.parents.id}",
            "response_actions": [{"status_code": 404, "action": "ignore"}],
        },
    ),
    "details whose text says that they are gone": children(
        5,
        {
            "path": "details/{resources.parents.id}",
            "response_actions": [{"content": "is gone", "action": "ignore"}],
        },
    ),
    "details by a placeholder and an ending": children(
        5,
        {
            "path": "details/{resources.parents.id}.json",
            "response_actions": [{"status_code": 404, "action": "ignore"}],
        },
    ),
    "a slash in a parent's value": children(10, {"path": "slugs/{resources.parents.slug}"}),
    # Incremental reading.
    "incremental": endpoint(
        6, path="since", paginator="single_page", incremental={**SINCE, "start_param": "since"}
    ),
    "incremental with an end": endpoint(
        3,
        path="since",
        paginator="single_page",
        incremental={
            **SINCE,
            "start_param": "since",
            "end_param": "until",
            "end_value": "2024-01-23T00:00:00Z",
        },
    ),
    "an incremental parameter": endpoint(
        6, path="since", paginator="single_page", params={"since": {"type": "incremental", **SINCE}}
    ),
    "a placeholder for the start": endpoint(
        6,
        path="since",
        paginator="single_page",
        params={"since": "{incremental.start_value}"},
        incremental=SINCE,
    ),
    "a start inside a text": endpoint(
        6,
        path="since",
        paginator="single_page",
        params={"filter": "changed>={incremental.start_value}"},
        incremental=SINCE,
    ),
    "a start value in the path": endpoint(
        6,
        path="since-in-path/{incremental.start_value}/list",
        paginator="single_page",
        incremental=SINCE,
    ),
    "numbers in a body": endpoint(
        6,
        path="typed-body",
        method="POST",
        json={"since": "{incremental.initial_value}", "label": "from {incremental.initial_value}"},
        paginator="single_page",
        incremental={"cursor_path": "id", "initial_value": 20},
    ),
    "a nested cursor": endpoint(
        6,
        path="since",
        paginator="single_page",
        incremental={"cursor_path": "meta.changed", "initial_value": "2024-01-20T00:00:00Z"},
    ),
    # Paths, parameters, headers.
    "an empty path": endpoint(PAGE, path=""),
    "an address on the own host": endpoint(PAGE, path="{host}/rows"),
    "a parameter in the path": endpoint(
        4, path="rows/{row}/comments", params={"row": 7}, paginator="json_link"
    ),
    "a header": endpoint(PAGE, path="tenant", headers={"X-Tenant": "t1"}),
    "the client's header": Case(
        {"client": {"headers": {"X-Tenant": "t1"}}, "resources": ["tenant"]}, {"tenant": PAGE}
    ),
    "doubled braces": endpoint(PAGE, path="rows", params={"filter": '{{"a": 1}}'}),
    # Hints.
    "hints": Case(
        {
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
            "resources": [
                {
                    "name": "rows",
                    "columns": {"id": {"data_type": "bigint"}},
                    "parallelized": True,
                    "max_table_nesting": 2,
                    "merge_key": "id",
                    "write_disposition": {"disposition": "merge", "strategy": "upsert"},
                    "endpoint": "rows",
                }
            ],
        },
        {"rows": PAGE},
    ),
    "a table's name": Case(
        {"resources": [{"name": "rows", "table_name": "people", "endpoint": "rows"}]},
        {"people": PAGE},
    ),
}
