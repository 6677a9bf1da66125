"""Mistakes in the form of `resources`, `resource_defaults` and `client`."""

from __future__ import annotations

import pytest
import yaml

from tap_analytics.config.resources import parse_resources
from tap_analytics.streams.registry import built_in_streams

BUILT_IN = {name: built_in_streams()[name] for name in ("bank_transactions", "contacts", "buyers")}


def problems(text: str) -> list[str]:
    return parse_resources(yaml.safe_load(text), BUILT_IN).problems


def invoices(endpoint: str, more: str = "") -> str:
    return f"resources: [{{name: invoices, endpoint: {{{endpoint}}}{more}}}]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            invoices("data_selecter: x"),
            "resources[0].endpoint: unknown key `data_selecter`: did you mean `data_selector`?",
        ),
        (
            "client: {base_ur: x}",
            "client: unknown key `base_ur`: did you mean `base_url`?",
        ),
        (
            invoices("error_handler: {zzz: 1}"),
            (
                "resources[0].endpoint.error_handler: unknown key `zzz`: known are `backoff`, "
                "`backoff_factor`, `max_retries`, `max_wait`, `retry_on_status_codes`."
            ),
        ),
        (
            invoices("paginator: {type: page_numbr}"),
            (
                "resources[0].endpoint.paginator.type must be one of `page_number`, `offset`, "
                "`cursor`, `header_link`, `json_link`, `single_page`, `auto`, `header_cursor`, "
                "`json_response`: did you mean `page_number`?"
            ),
        ),
        (
            "resources: [{name: a}, {name: b, api: acounting}]",
            (
                "resources[1].api must be one of `accounting`, `marketplace`: did you mean "
                "`accounting`?"
            ),
        ),
    ],
)
def test_a_misspelling_gets_the_nearest_known_word(text: str, sentence: str) -> None:
    assert problems(text) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "resources: [{name: a}, {name: b}, {name: c, endpoint: {paginator: {limit: '100'}}}]",
            "resources[2].endpoint.paginator.limit must be a whole number, not text.",
        ),
        (
            invoices("paginator: {limit: 0}"),
            "resources[0].endpoint.paginator.limit must be at least 1.",
        ),
        (
            invoices("error_handler: {retry_on_status_codes: [600]}"),
            "resources[0].endpoint.error_handler.retry_on_status_codes[0] must be at most 599.",
        ),
        ("resources: {name: a}", "resources must be a list, not an object."),
        (
            "resources: [7]",
            (
                "resources[0] must be a name with a letter or a digit in it, or an object with "
                "`name` and `endpoint`."
            ),
        ),
        (
            "resources: [{name: '--'}]",
            "resources[0].name must have a letter or a digit in it: other characters become `_`.",
        ),
        ("resources: [{endpoint: /a}]", "resources[0]: `name` is missing."),
        (
            "resources: [{name: a, selected: 'no'}]",
            "resources[0].selected must be true or false, not text.",
        ),
        (
            "resources: [{name: a, primary_key: [id, id]}]",
            "resources[0].primary_key must not contain anything twice.",
        ),
        ("client: {base_url: ''}", "client.base_url must not be empty."),
        (
            "resource_defaults: {name: a}",
            "resource_defaults: `name` is not allowed there: each resource has a name of its own.",
        ),
        (
            invoices("params: {a: {type: resolve, resource: buyers}}"),
            "resources[0].endpoint.params.a: `field` is missing.",
        ),
        (
            invoices("params: {a: {type: resolve}}"),
            "resources[0].endpoint.params.a: `resource` and `field` are missing.",
        ),
        (
            invoices("incremental: {cursor_path: 'a[*].b'}"),
            (
                "resources[0].endpoint.incremental.cursor_path must be the name of a field, or "
                "names joined by dots (`a.b`)."
            ),
        ),
    ],
)
def test_a_wrong_value_gets_its_path_and_what_it_must_be(text: str, sentence: str) -> None:
    assert problems(text) == [sentence]


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (
            invoices("json: {a: 1}"),
            "resources[0].endpoint.json: a GET has no body: set `method: POST`",
        ),
        (invoices("method: PUT"), "resources[0].endpoint.method must be `GET` or `POST`"),
        (
            invoices("method: POST, json: {a: 1}, data: x"),
            "resources[0].endpoint: `json` and `data` are both given",
        ),
        (
            invoices("", ", processing_steps: [{filter: x}]"),
            "resources[0]: `processing_steps` is not supported: it takes Python functions",
        ),
        (
            invoices("auth: {type: http_basic, password: x}"),
            "resources[0].endpoint.auth: `username` is missing: the type",
        ),
        (invoices("", ", path: /a"), "resources[0]: `path` is not supported: it belongs under"),
        (invoices("primary_key: a"), "resources[0].endpoint: `primary_key` is not supported: it"),
        (
            invoices("", ", write_disposition: skip"),
            "resources[0].write_disposition must be one of `merge`, `replace` and `append`: a",
        ),
        (
            invoices("paginator: {type: cursor, cursor_body_path: a}"),
            "resources[0].endpoint.paginator.cursor_body_path names a field of a JSON body: set",
        ),
        (
            invoices("incremental: {cursor_path: a, last_value_func: min}"),
            "resources[0].endpoint.incremental.last_value_func must be `max`: a bookmark",
        ),
        (
            invoices("response_actions: [{status_code: 200, action: ignore}]"),
            "resources[0].endpoint.response_actions[0]: `status_code` must be 204, or a",
        ),
        (
            invoices("response_actions: [{status_code: 404, action: retry}]"),
            "resources[0].endpoint.response_actions[0].action must be `ignore`, the one action",
        ),
        ("client: {auth: digest}", "client.auth must be one of `bearer`, `api_key`"),
        ("client: {auth: {type: api_key}}", "client.auth: `api_key` is missing: the type"),
        ("client: {session: x}", "client: `session` is not supported: a session is an object"),
    ],
)
def test_what_only_dlt_supports_is_said_and_not_called_unknown(text: str, beginning: str) -> None:
    (sentence,) = problems(text)
    assert sentence.startswith(beginning)
    assert sentence.endswith(".")


@pytest.mark.parametrize("setting", ["resources", "resource_defaults", "client"])
def test_text_that_is_not_json_is_said_and_not_quoted(setting: str) -> None:
    text = '{"client_secret": "hush"'
    (sentence,) = parse_resources({setting: text}, BUILT_IN).problems
    assert sentence.startswith(f"{setting} is text that is not valid JSON: Expecting ")
    assert "line 1, column 25" in sentence
    assert "hush" not in sentence
