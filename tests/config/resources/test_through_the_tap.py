"""The settings `resources`, `resource_defaults` and `client`: what they declare, and mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tap_analytics.config.resources import (
    ErrorHandler,
    Incremental,
    Paginator,
    Resource,
    ResponseAction,
    parse_resources,
)
from tap_analytics.streams.registry import built_in_streams
from tests.support.paths import CONFIGS
from tests.support.streams import KEYS

ACCOUNTING, MARKETPLACE = (tuple(KEYS[api]) for api in ("accounting", "marketplace"))

Json = dict[str, Any]


def given(text: str) -> Json:
    config = yaml.safe_load(text)
    assert isinstance(config, dict)
    return config


def read(config: Json) -> list[Resource]:
    parsed = parse_resources(config, built_in_streams())
    assert parsed.problems == []
    return list(parsed.resources)


def declared(text: str) -> list[Resource]:
    return read(given(text))


def only(text: str) -> Resource:
    (resource,) = declared(text)
    return resource


# What configurations declare


@pytest.mark.parametrize(
    ("file", "names"), [("accounting.yml", ACCOUNTING), ("marketplace.yml", MARKETPLACE)]
)
def test_a_configuration_for_dlt_names_the_built_in_streams(
    file: str, names: tuple[str, ...]
) -> None:
    config = given((CONFIGS / file).read_text(encoding="utf-8"))
    resources = read(config)
    assert tuple(resource.name for resource in resources) == names
    assert all(resource.primary_key is None for resource in resources)
    assert all(resource.write_disposition == "merge" for resource in resources)


def test_an_entry_says_only_what_it_says() -> None:
    resource = only("resources: [{name: contacts, endpoint: {paginator: {limit: 500}}}]")
    assert resource == Resource(name="contacts", paginator=Paginator(limit=500))


def test_a_whole_entry_is_read() -> None:
    resource = only("""
        resources:
        - name: invoices
          primary_key: InvoiceID
          write_disposition: merge
          endpoint:
            path: /v1/invoices
            data_selector: Invoices
            params: {order: InvoiceID, archived: true}
            headers: {Accept: text/json}
            paginator: {type: page_number, limit: 100, page_param: page, limit_param: page_size,
                        base_page: 1, maximum_page: null}
            error_handler: {retry_on_status_codes: [401, 429], max_retries: 3, backoff_factor: 30}
            incremental: {cursor_path: $.Updated, start_param: null, start_header: Since}
            response_actions: [{status_code: 404, action: ignore}]
          api: accounting
          schema: {type: object, properties: {InvoiceID: {type: string}, Updated: {type: string}}}
    """)
    assert resource == Resource(
        name="invoices",
        path="/v1/invoices",
        data_selector="Invoices",
        params={"order": "InvoiceID", "archived": "true"},
        headers={"Accept": "text/json"},
        paginator=Paginator("page_number", 100, "page_size", "page", base_page=1),
        error_handler=ErrorHandler((401, 429), 3, backoff_factor=30),
        incremental=Incremental("Updated", start_header="Since"),
        ignored=(ResponseAction(404),),
        primary_key=("InvoiceID",),
        write_disposition="merge",
        api="accounting",
        schema={
            "type": "object",
            "properties": {"InvoiceID": {"type": "string"}, "Updated": {"type": "string"}},
        },
    )


@pytest.mark.parametrize("entry", ["invoices", {"name": "invoices", "endpoint": "invoices"}])
def test_short_forms_name_the_path(entry: object) -> None:
    assert read({"resources": [entry]}) == [Resource(name="invoices", path="/invoices")]


def test_settings_may_be_text_that_holds_json() -> None:
    config = {
        "resources": json.dumps([{"name": "invoices"}]),
        "resource_defaults": json.dumps({"primary_key": ["a", "b"]}),
        "client": "",
    }
    assert read(config)[0].primary_key == ("a", "b")


def test_no_settings_declare_nothing() -> None:
    assert read({}) == []
    assert read({"resources": None, "resource_defaults": None}) == []


def test_an_empty_key_is_told_from_no_word_about_the_key() -> None:
    assert only("resources: [{name: a, primary_key: []}]").primary_key == ()
    assert only("resources: [{name: a}]").primary_key is None


# Defaults


def test_defaults_stand_under_every_entry_as_in_dlt() -> None:
    one, two = declared("""
        resource_defaults:
          primary_key: id
          endpoint:
            params: {size: 1, order: id}
            error_handler: {max_retries: 2}
            paginator: {type: offset, limit: 5, limit_param: n}
        resources:
        - name: one
          primary_key: [uuid]
          endpoint:
            params: {order: null, more: x}
            error_handler: {backoff_factor: 1}
            paginator: {type: offset, limit: 9}
        - name: two
          endpoint: {paginator: {limit: 9}}
    """)
    assert one.primary_key == ("uuid",)
    assert one.params == {"size": 1, "order": None, "more": "x"}
    assert one.error_handler == ErrorHandler(max_retries=2, backoff_factor=1)
    assert one.paginator == Paginator("offset", 9)
    assert two.primary_key == ("id",)
    assert two.params == {"size": 1, "order": "id"}
    assert two.paginator == Paginator("offset", 9, "n")


def test_a_default_never_replaces_what_a_built_in_stream_knows() -> None:
    by_default, by_entry = declared("""
        resource_defaults:
          primary_key: id
          write_disposition: replace
          endpoint: {data_selector: data, paginator: {limit: 5}, params: {a: b}}
        resources:
        - name: contacts
        - name: bank_transactions
          primary_key: Reference
          endpoint: {data_selector: rows}
    """)
    assert (by_default.primary_key, by_default.data_selector, by_default.paginator) == (None,) * 3
    assert (by_default.write_disposition, by_default.params) == ("replace", {"a": "b"})
    assert by_entry.primary_key == ("Reference",)
    assert by_entry.data_selector == "rows"


def test_the_clients_paginator_serves_new_resources_that_name_none() -> None:
    config = given("""
        client: {paginator: {type: json_link, next_url_path: paging.next}}
        resources: [invoices, {name: orders, endpoint: {paginator: single_page}}, {name: contacts}]
    """)
    paginators = [resource.paginator for resource in read(config)]
    link = Paginator("json_link", next_url_path="paging.next")
    assert paginators == [link, Paginator("single_page"), None]


def test_reading_the_settings_does_not_load_what_only_discovery_needs() -> None:
    script = (
        "import sys, tap_analytics.config.resources, tap_analytics.records.inference;"
        "sys.exit(bool({'genson', 'jsonpath_ng'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
