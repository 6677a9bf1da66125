"""Resources in the spellings of dlt's REST source."""

from __future__ import annotations

import json

import pytest
import yaml

from tap_analytics.config.resources import (
    Incremental,
    Paginator,
    Resolve,
    Resource,
    parse_resources,
)
from tap_analytics.streams.registry import built_in_streams


def only(text: str) -> Resource:
    (resource,) = parse_resources(yaml.safe_load(text), built_in_streams()).resources
    return resource


def invoices(endpoint: str, more: str = "") -> str:
    return f"resources: [{{name: invoices, endpoint: {{{endpoint}}}{more}}}]"


@pytest.mark.parametrize(
    ("given_as", "read_as"),
    [
        ("single_page", Paginator("single_page")),
        ("{type: json_response, next_url_path: n}", Paginator("json_link", next_url_path="n")),
        (
            "{type: header_cursor, cursor_param: c}",
            Paginator("cursor", cursor_param="c", cursor_key="next"),
        ),
        ("{type: cursor, cursor_path: a.b}", Paginator("cursor", cursor_path="a.b")),
        ("{type: header_link, links_next_key: n}", Paginator("header_link", links_next_key="n")),
        ("{type: page_number, page: 2}", Paginator("page_number", base_page=2)),
        (
            "{type: offset, limit: 10, offset: 0, offset_param: o, total_path: null}",
            Paginator("offset", 10, offset=0, offset_param="o"),
        ),
    ],
)
def test_the_paginators_of_dlt_are_read(given_as: str, read_as: Paginator) -> None:
    assert only(invoices(f"paginator: {given_as}")).paginator == read_as


@pytest.mark.parametrize(
    "endpoint",
    [
        "incremental: {cursor_path: at, start_param: since, initial_value: '2024-01-01'}",
        "params: {since: {type: incremental, cursor_path: at, initial_value: '2024-01-01'}}",
        (
            "params: {since: '{incremental.start_value}'},"
            " incremental: {cursor_path: at, initial_value: '2024-01-01', last_value_func: max}"
        ),
    ],
)
def test_each_way_to_spell_the_replication_key_is_read(endpoint: str) -> None:
    resource = only(invoices(endpoint))
    assert resource.incremental == Incremental("at", "since", initial_value="2024-01-01")
    assert resource.params is None


def test_a_header_may_carry_the_start_value() -> None:
    resource = only(
        invoices("headers: {Since: '{incremental.start_value}'}, incremental: {cursor_path: at}")
    )
    assert resource.incremental == Incremental("at", start_header="Since")
    assert resource.headers is None


@pytest.mark.parametrize(
    ("endpoint", "param"),
    [
        (
            (
                "path: '/buyers/{buyer}/x', params: "
                "{buyer: {type: resolve, resource: buyers, field: a.id}}"
            ),
            "buyer",
        ),
        ("path: 'buyers/{resources.buyers.a.id}/x'", "_buyers_a_id"),
    ],
)
def test_a_path_may_take_a_parents_value(endpoint: str, param: str) -> None:
    resource = only(invoices(endpoint, ", include_from_parent: [name]"))
    assert resource.path == f"/buyers/{{{param}}}/x"
    assert resource.resolves == (Resolve(param, "buyers", "a.id"),)
    assert resource.parent == "buyers"
    assert resource.include_from_parent == ("name",)
    assert resource.params is None


@pytest.mark.parametrize("field", ["a.id", "$.a.id", "a['id']", '$.a["id"]'])
def test_a_parents_field_may_be_written_in_brackets(field: str) -> None:
    params = f"buyer: {{type: resolve, resource: buyers, field: {json.dumps(field)}}}"
    resource = only(invoices(f"path: '/buyers/{{buyer}}/x', params: {{{params}}}"))
    assert resource.resolves == (Resolve("buyer", "buyers", "a.id"),)


@pytest.mark.parametrize("field", ["a[*]", "a[0]", "$", "a b", "a['b'"])
def test_a_parents_field_that_is_no_one_value_is_refused(field: str) -> None:
    resolve = {"type": "resolve", "resource": "buyers", "field": field}
    entry = {"name": "x", "endpoint": {"path": "/{b}", "params": {"b": resolve}}}
    (problem,) = parse_resources({"resources": [entry]}, built_in_streams()).problems
    assert "params.b.field must be a field's name" in problem


def test_an_empty_table_name_is_none() -> None:
    assert only("resources: [{name: a, table_name: '', endpoint: x}]").table_name is None


def test_a_parameter_may_take_a_parents_value_and_other_braces_stay() -> None:
    resource = only(
        invoices("path: /x, params: {buyer: 'b-{resources.buyers.id}', where: '{\"a\": {}}'}")
    )
    assert resource.params == {"buyer": "b-{_buyers_id}", "where": '{"a": {}}'}
    assert resource.resolves == (Resolve("_buyers_id", "buyers", "id"),)


def test_a_plain_parameter_may_stand_in_the_path() -> None:
    resource = only(invoices("path: '/{area}/x', params: {area: north, n: 1}"))
    assert (resource.path, resource.params) == ("/north/x", {"n": 1})


def test_a_path_that_ends_with_a_parents_value_is_one_record() -> None:
    resource = only(invoices("path: '/buyers/{resources.buyers.id}'"))
    assert (resource.data_selector, resource.paginator) == ("$", Paginator("single_page"))
