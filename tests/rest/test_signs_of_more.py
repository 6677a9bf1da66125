"""A response that says there is more is never the end: the stream is then not proven."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.signs import find_signs
from tap_analytics.sandbox import Sandbox
from tests.support.shapes import asked, ids, read_shape

SIGNS = {
    "sign_next_number": ("next: 2", "`page_number` with `has_more_path: next`"),
    "sign_next_page": ("Next-Page: an address", "`header_link` with `links_next_key: Next-Page`"),
    "sign_link": ("Link: an address", "`header_link`"),
    "sign_total": ("total: 25", "`offset` with `total_path: total`"),
    "sign_x_total_count": ("X-Total-Count: 25", "`offset`"),
    "sign_has_more": ("has_more: true", "`page_number` or `offset` with `has_more_path: has_more`"),
    "sign_next_cursor": ("next_cursor: a cursor", "`cursor` with `cursor_path: next_cursor`"),
    "sign_next_url": ("next: an address", "`json_link` with `next_url_path: next`"),
    "sign_total_pages": ("total_pages: 3", "`page_number` with `total_path: total_pages`"),
}
SINCE = {
    "incremental": {
        "cursor_path": "updated_at",
        "start_param": "updated_after",
        "initial_value": "2024-01-01T00:00:00Z",
    }
}


@pytest.mark.parametrize("name", SIGNS)
def test_a_single_page_that_says_there_is_more_is_not_proven(name: str) -> None:
    said, paginator = SIGNS[name]
    with Sandbox(rows={"items": 25}) as sandbox:
        outcome = read_shape(
            sandbox, name, "single_page", endpoint={"params": {"page_size": 10}, **SINCE}
        )
        report = outcome.stream("items")
        assert (report["status"], report["verdict"]) == ("succeeded", "not proven")
        (reason,) = report["reasons"]
        assert f"`{said}`" in reason
        assert f"a paginator of type {paginator}" in reason
        assert (len(ids(outcome)), report["passes"]) == (10, 1)
        assert "replication_key_value" not in outcome.state["bookmarks"].get("items", {})
        # A total may not know the filter: only that is asked about.
        counts = said.split(":")[0] in {"total", "X-Total-Count", "total_pages"}
        assert len(asked(sandbox)) == 1 + counts


@pytest.mark.parametrize("name", SIGNS)
def test_ignore_signs_switches_one_off(name: str) -> None:
    sign = SIGNS[name][0].split(":")[0]
    with Sandbox(rows={"items": 25}) as sandbox:
        outcome = read_shape(
            sandbox,
            name,
            "single_page",
            endpoint={"params": {"page_size": 10}},
            ignore_signs=[sign.upper()],
        )
        assert outcome.stream("items")["verdict"] == "proven"
        first, again = asked(sandbox)
        assert first == again, "a single page that may be full is asked for once more"


@pytest.mark.parametrize("name", SIGNS)
def test_a_page_that_holds_everything_has_no_sign_of_more(name: str) -> None:
    with Sandbox(rows={"items": 10}) as sandbox:
        outcome = read_shape(sandbox, name, "single_page", endpoint={"params": {"page_size": 10}})
        assert (outcome.stream("items")["verdict"], outcome.stream("items")["reasons"]) == (
            "proven",
            [],
        )
        first, again = asked(sandbox)
        assert first == again, "a single page that may be full is asked for once more"


@pytest.mark.parametrize("name", SIGNS)
def test_a_page_that_is_read_again_is_held_against_signs_too(name: str) -> None:
    """A row comes between count and page: the first response knows nothing of what it left out."""
    with Sandbox(rows={"items": 10}) as sandbox:
        there = {row["id"] for row in sandbox.rows("items")}
        sandbox.edit("items", page=1, between=True, insert=[0])
        outcome = read_shape(sandbox, name, "single_page", endpoint={"params": {"page_size": 10}})
        assert len(asked(sandbox)) == 2
        assert not there <= ids(outcome), "a record was pushed off the page"
        assert outcome.stream("items")["verdict"] == "not proven"
        assert f"`{SIGNS[name][0].split(':')[0]}: " in outcome.stream("items")["reasons"][-1]


def test_with_verify_fail_a_sign_ends_the_run() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        outcome = read_shape(
            sandbox,
            "sign_has_more",
            "single_page",
            endpoint={"params": {"page_size": 10}},
            settings={"verify": "fail"},
        )
        assert "`has_more: true`" in outcome.stream("items")["error"]


def test_a_cursor_path_that_leads_nowhere_is_not_proven_where_another_cursor_is() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        outcome = read_shape(
            sandbox,
            "sign_next_cursor",
            {"type": "cursor", "cursor_path": "meta.next"},
            endpoint={"params": {"page_size": 10}},
        )
        assert outcome.stream("items")["verdict"] == "not proven"


def test_the_paginator_that_the_sentence_names_reads_on() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        for paginator in (
            {"type": "header_link", "links_next_key": "Next-Page"},
            {"type": "page_number", "base_page": 1},
        ):
            outcome = read_shape(
                sandbox, "sign_next_page", paginator, endpoint={"params": {"page_size": 10}}
            )
            assert len(ids(outcome)) == 25
            assert outcome.stream("items")["verdict"] == "proven"


def test_an_unfiltered_total_is_asked_about_once_with_a_since_of_tomorrow() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        changed = {**SINCE["incremental"], "initial_value": sandbox.rows("items")[12]["updated_at"]}
        outcome = read_shape(
            sandbox,
            "unfiltered_total",
            "single_page",
            endpoint={"incremental": changed},
        )
        assert outcome.stream("items")["verdict"] == "proven"
        assert 0 < len(ids(outcome)) < 25
        first, tomorrow = (query["updated_after"] for query in asked(sandbox))
        assert tomorrow > first


def test_where_the_filter_is_ignored_the_total_is_of_what_is_served() -> None:
    """It says the same of tomorrow, and so do its records."""
    with Sandbox(rows={"items": 25}) as sandbox:
        since = {**SINCE["incremental"], "start_param": "no_such_parameter"}
        outcome = read_shape(
            sandbox,
            "sign_total",
            "single_page",
            endpoint={"params": {"page_size": 10}, "incremental": since},
        )
        assert len(asked(sandbox)) == 2
        assert outcome.stream("items")["verdict"] == "not proven"
        assert "`total: 25`" in outcome.stream("items")["reasons"][-1]


BODY: list[tuple[str, str, list[str]]] = [
    ('{"items": [{"total": 9, "next": "/x"}]}', "a record's field", []),
    ('{"items": [], "pagination": {"itemCount": 250}}', "of the accounting API", []),
    ('{"items": [], "totals": {"total": 9}}', "an amount", []),
    ('{"items": [], "total": 12.5}', "no whole number", []),
    ('{"items": [], "total": null, "next": "", "has_more": 0}', "nothing", []),
    ('{"items": [], "meta": {"page": {"totalElements": 9}}}', "in", ["meta.page.totalElements"]),
    ('{"items": [], "_links": {"next": {"href": "/x"}}}', "HAL", ["_links.next"]),
    ('{"items": [], "@odata.nextLink": "https://a/x"}', "OData", ["@odata.nextLink"]),
    ('{"items": [], "next": {"page": 2}}', "an object", ["next"]),
    ('{"items": [], "meta": {"next_page": {"k": 1}}}', "an object", ["meta.next_page"]),
    ('{"items": [], "next_cursor": [3, "x"]}', "a list", ["next_cursor"]),
    ('{"items": [], "next": {"page": null}, "next_page": [], "next_url": {}}', "nothing", []),
    ('{"items": [], "next": {"after": "b", "page": 2}}', "what it holds", ["next.after"]),
]


@pytest.mark.parametrize(("body", "what", "expected"), BODY)
def test_only_the_envelope_has_signs(body: str, what: str, expected: list[str]) -> None:
    found = find_signs(JSONBody(body.encode()), {}, ("items",))
    assert [sign.name for sign in found if sign.value is not False] == expected, what


def test_where_the_body_is_the_record_it_has_no_sign() -> None:
    body = JSONBody(b'{"total": 9, "next": "/x"}')
    assert find_signs(body, {}, (), single=True) == []


HEADERS: list[tuple[str, str, Any]] = [
    ("Link", '<https://a/x?page=2>; rel="next"', "https://a/x?page=2"),
    ("Link", '<https://a/x?page=1>; rel="prev"', None),
    ("X-Next-Page", "", False),
    ("x-total", "12", 12),
    ("Content-Range", "items 0-9/123", 123),
    ("Content-Range", "bytes 0-9/123", None),
    ("Content-Range", "0-9/*", None),
]


@pytest.mark.parametrize(("name", "text", "value"), HEADERS)
def test_headers_have_signs(name: str, text: str, value: object) -> None:
    found = find_signs(JSONBody(b"[]"), {name: text}, ())
    assert [sign.value for sign in found] == ([] if value is None else [value])
