"""What does not fit together in `resources`, `resource_defaults` and `client`."""

from __future__ import annotations

import pytest
import yaml

from tap_analytics.config.resources import parse_resources
from tap_analytics.streams.registry import built_in_streams

BUILT_IN = {name: built_in_streams()[name] for name in ("bank_transactions", "contacts", "buyers")}


def said(text: str) -> list[str]:
    return parse_resources(yaml.safe_load(text), BUILT_IN).problems


def invoices(endpoint: str, more: str = "") -> str:
    return f"resources: [{{name: invoices, endpoint: {{{endpoint}}}{more}}}]"


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        (
            "path: '/{area}/x'",
            (
                "resources[0].endpoint.path: `{area}` has no value: add `area` to "
                "`params`, as a value or as `{type: resolve, resource: ..., field: ...}`."
            ),
        ),
        (
            "path: 'https://other.example.com/x'",
            (
                "resources[0].endpoint.path must be a path on the API's own host: `base_url` names "
                "the host."
            ),
        ),
        (
            "path: /x, params: {b: {type: resolve, resource: buyers, field: id}}",
            (
                "resources[0].endpoint.params.b comes from `buyers`, but the path has no `{b}`; "
                'as a query parameter write `b: "{resources.buyers.id}"`.'
            ),
        ),
        (
            "path: '/{resources.buyers.id}/{resources.contacts.id}/x'",
            (
                "resources[0].endpoint takes values from `buyers` and `contacts`: a resource can "
                "have only one parent."
            ),
        ),
        *(
            (
                f"path: /x, {part}",
                (
                    f"resources[0].endpoint: `{{{name}}}` stands for nothing: there are "
                    "`incremental.start_value`, `incremental.last_value`, "
                    "`incremental.end_value`, and `resources.NAME.FIELD` for a field of a parent."
                ),
            )
            for name, part in (
                ("incremental.start_valu", "params: {since: '{incremental.start_valu}'}"),
                ("incremental.foo", "headers: {X: 'from {incremental.foo}'}"),
                ("incremental.foo", "method: POST, json: {a: [{b: '{incremental.foo}'}]}"),
                ("resources.buyers", "params: {buyer: '{resources.buyers}'}"),
            )
        ),
        (
            "path: '/{resources.buyer.id}/x'",
            (
                "resources[0]: there is no resource `buyer` to take values from: did you mean "
                "`buyers`?"
            ),
        ),
        (
            "params: {q: 'at>{incremental.start_value}'}",
            (
                "resources[0].endpoint: `{incremental.start_value}` needs a replication key: set "
                "`incremental`."
            ),
        ),
        (
            "incremental: {start_param: since}",
            "resources[0].endpoint.incremental: `cursor_path` is missing: set it to a field.",
        ),
        (
            "incremental: {cursor_path: a}, params: {since: {type: incremental, cursor_path: b}}",
            (
                "resources[0].endpoint: the replication key is given more than once "
                "(`incremental`, `params.since`): keep one."
            ),
        ),
        (
            "data_selector: 'a['",
            (
                "resources[0].endpoint.data_selector must be keys joined by dots (`a.b.c`) or a "
                "JSONPath, and is neither: Parse error near the end of string."
            ),
        ),
        (
            "paginator: {type: cursor, cursor_path: 'a['}",
            (
                "resources[0].endpoint.paginator.cursor_path must be keys joined by dots "
                "(`a.b.c`) or a JSONPath, and is neither: Parse error near the end of string."
            ),
        ),
        (
            "paginator: {type: single_page, limit: 5}",
            (
                "resources[0].endpoint.paginator: `limit` does not belong to a paginator of type "
                "`single_page`, which has no keys."
            ),
        ),
        (
            "paginator: {links_next_key: n}",
            (
                "resources[0].endpoint.paginator: `links_next_key` does not belong to "
                "`page_number`, the type of a paginator without `type`; its keys are `limit`, "
                "`limit_param`, `limit_body_path`, `page_param`, `page_body_path`, `page`, "
                "`base_page`, `maximum_page`, "
                "`records_total_path`, `total_path`, "
                "`has_more_path`, `stop_after_empty_page`."
            ),
        ),
        (
            "paginator: {type: cursor, cursor_path: a, cursor_key: b}",
            (
                "resources[0].endpoint.paginator: `cursor_path` (in the body) and `cursor_key` (a "
                "header) are both given: keep the one from which the cursor is to be read."
            ),
        ),
    ],
)
def test_an_endpoint_that_cannot_be_read_is_said(endpoint: str, sentence: str) -> None:
    assert said(invoices(endpoint)) == [sentence]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            "write_disposition: merge",
            (
                "resources[0]: `write_disposition: merge` needs a key: set `primary_key`, or "
                "use `append` or `replace`."
            ),
        ),
        (
            "include_from_parent: [id]",
            (
                "resources[0].include_from_parent: the resource has no parent. A parameter of type "
                "`resolve` gives it one."
            ),
        ),
        ("schema: {type: objekt}", "resources[0].schema.type is not valid JSON Schema."),
        (
            "schema: {type: object}",
            "resources[0].schema: `properties` is missing: it lists the fields.",
        ),
        (
            "endpoint: {path: '/t#part'}",
            (
                "resources[0].endpoint.path has a `#`: nothing behind it is ever sent, and "
                "parameters come behind it. Write `%23` where the API wants the character itself."
            ),
        ),
        (
            "primary_key: ident, schema: {properties: {idents: {}}}",
            "resources[0].schema.properties has no `ident`: did you mean `idents`?",
        ),
        (
            "endpoint: {incremental: {cursor_path: at}}, schema: {properties: {id: {}, at: {}}}",
            (
                "resources[0].schema.properties.at: the replication key must have the type "
                "`string`, `integer` or `number`; a date-time is a `string` with "
                "`format: date-time`."
            ),
        ),
        (
            "schema: {properties: {id: {}, additional_properties: {type: [string, 'null']}}}",
            (
                "resources[0].schema.properties.additional_properties must have the type "
                "`object`: the tap keeps there what has no field of its own. Leave it out, and "
                "the tap adds it."
            ),
        ),
        (
            "schema: {properties: {id: {}, ID: {}}}",
            (
                "resources[0].schema.properties: `ID` and `id` differ only in case, and many "
                "targets have one column for both: remove one."
            ),
        ),
        (
            "schema: {properties: {id: {}, 'a\"); drop table t; --': {}}}",
            (
                'resources[0].schema.properties: the name `a"); drop table t; --` has a quote in '
                "it, and targets run names as SQL: leave it out, and it goes to "
                "`additional_properties`."
            ),
        ),
    ],
)
def test_a_resource_that_contradicts_itself_is_said(more: str, sentence: str) -> None:
    assert said(f"resources: [{{name: invoices, {more}}}]") == [sentence]


def test_merge_needs_no_key_where_a_built_in_stream_has_one() -> None:
    assert said("resources: [{name: contacts, write_disposition: merge}]") == []
    (sentence,) = said("resources: [{name: contacts, write_disposition: merge, primary_key: []}]")
    assert "needs a key" in sentence


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            "[contacts, contacts]",
            "resources[1].name: `contacts` is used twice: resources[0] has this name already.",
        ),
        (
            "[a, {name: A}]",
            (
                "resources[1].name: `A` differs only in case from `a`: resources[0] has this name "
                "already."
            ),
        ),
        (
            "[Contacts]",
            (
                "resources[0].name: `Contacts` differs only in case from `contacts`: a built-in "
                "stream has this name already."
            ),
        ),
    ],
)
def test_a_name_taken_already_is_said(names: str, sentence: str) -> None:
    assert said(f"resources: {names}") == [sentence]


def test_a_cycle_of_parents_is_said_once() -> None:
    assert said("""
        resources:
        - {name: a, endpoint: {path: "/{resources.c.id}/x"}}
        - {name: b, endpoint: {path: "/{resources.a.id}/x"}}
        - {name: c, endpoint: {path: "/{resources.b.id}/x"}}
        - {name: d, endpoint: {path: "/{resources.c.id}/x"}}
        - {name: e, endpoint: {path: "/{resources.e.id}/x"}}
    """) == [
        (
            "resources: `a` -> `c` -> `b` -> `a` is a cycle of parents: one of them must not "
            "depend on another."
        ),
        "resources: `e` -> `e` is a cycle of parents: one of them must not depend on another.",
    ]


def test_all_mistakes_are_said_at_once() -> None:
    text = """
        base_url: https://a
        client: {base_url: "https://b", auht: {}}
        resources:
        - {name: a, endpoint: {data_selecter: x}}
        - {name: a, write_disposition: merge}
        - {name: b, endpoint: {path: "/{resources.none.id}/x", paginator: {limit: 5, page: x}}}
        - {name: c, endpoint: {path: "/{resources.c.id}/x", data_selector: "$["}}
    """
    sentences = said(text)
    expected = ["auht", "selecter", "page", "client.base_url", "needs a key", "$[", "twice"]
    places = [word for word in expected if any(word in sentence for sentence in sentences)]
    assert places == [word for word in expected if word != "$["]
    assert any("data_selector must be keys" in sentence for sentence in sentences)
    assert any("cycle" in sentence for sentence in sentences)
    assert len(sentences) == 8
    assert any("did you mean `data_selector`" in sentence for sentence in sentences)
