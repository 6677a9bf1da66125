"""Each row of the tables in the page on dlt is run: what it says of a key is what becomes of it."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_analytics.config.prepare import prepare_config
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams
from tests.support.compatibility import DLT_MISSING
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from tap_analytics.client import AnalyticsStream
    from tap_analytics.config.prepare import PreparedConfig

PAGE = (DOCS / "coming-from-dlt.md").read_text(encoding="utf-8")


def rows(section: str) -> dict[str, str]:
    """The second column of the table of a section, by the code in the first."""
    part = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(.*?)` \| (.*) \|$", part, re.MULTILINE))


def prepared(config: dict[str, Any]) -> PreparedConfig:
    """A configuration, completed by what the row leaves out, as the tap reads it."""
    config = {"resources": ["x"], **config}
    if "base_url" not in config.get("client", {}):
        config["base_url"] = "https://api.example.com"
    return prepare_config(config, built_in_streams())


def stream(config: PreparedConfig) -> type[AnalyticsStream]:
    """The last stream that a configuration declares."""
    name = config.settings.resources[-1].name
    return next(each for each in configured_streams(config.settings) if each.name == name)


MEANS: list[dict[str, Any]] = [
    # What each row of "What maps to what" stands for, in the settings or on the stream.
    {"settings.base_url": "https://api.example.com"},
    {"settings.headers": {"X-Tenant": "a"}},
    {"settings.access_token": "t"},
    {"settings.access_token": "t"},
    {
        "settings.auth.type": "api_key",
        "settings.auth.name": "X-Key",
        "settings.auth.api_key": "k",
        "settings.auth.location": "query",
    },
    {
        "settings.auth.type": "http_basic",
        "settings.auth.username": "u",
        "settings.auth.password": "p",
    },
    {
        "settings.token_url": "https://id.example.com",
        "settings.client_id": "a",
        "settings.client_secret": "b",
    },
    {
        "settings.token_url": "https://id.example.com",
        "settings.auth.request_data": {"audience": "x"},
        "settings.auth.default_lifetime": 60,
    },
    {"paginator": "json_link"},
    {"stream.name": "users", "stream.path": "/users"},
    {"stream.name": "a", "stream.path": "/users"},
    {"stream.path": ""},
    {"stream.path": "https://api.example.com/x"},
    {
        "stream.primary_keys": ("b", "c"),
        "stream.write_disposition": "merge",
        "stream.selected_by_default": False,
    },
    {"stream.params": {"b": 1}, "stream.headers": {"c": "d"}, "stream.data_selector": "e"},
    {"stream.credentials.type": "bearer", "stream.credentials.token": "t"},
    {"stream.method": "POST", "stream.body": {"q": "x"}, "stream.body_is_json": True},
    {"stream.method": "POST", "stream.body": {"q": "x"}, "stream.body_is_json": False},
    {
        "stream.replication_key": "b",
        "stream.start_param": "c",
        "stream.initial_value": 1,
        "stream.end_param": "d",
        "stream.end_value": 9,
        "stream.lag": 1,
    },
    {"stream.replication_key": "b", "stream.start_param": "since"},
    {
        "stream.replication_key": "b",
        "stream.params": {"q": "b>={incremental.start_value}"},
        "stream.start_in_text": True,
    },
    {
        "stream.replication_key": "_b_c",
        "stream.derived_fields": {"_b_c": "b.c"},
        "stream.start_format": "%Y-%m-%d",
    },
    {"stream.replication_key": "b", "ignored": ["row_order"]},
    {
        "stream.path": "/p/{x}",
        "stream.parent_params": {"x": "id"},
        "stream.include_from_parent.values": ["_row_hash", "b"],
    },
    {
        "stream.path": "/a",
        "stream.parent_params": {"_p_id": "id"},
        "stream.headers": {"X-P": "{_p_id}"},
    },
    {"ignored_responses": [(404, None), (None, "gone")]},
    {"stream.pages_unknown": True},
    {
        "paginator": "page_number",
        "first page": 2,
        "resource.paginator.page_param": "b",
        "resource.paginator.maximum_page": 5,
    },
    {"paginator": "page_number", "resource.paginator.page_body_path": "b.c"},
    {
        "paginator": "offset",
        "resource.paginator.limit": 10,
        "resource.paginator.maximum_offset": 50,
    },
    {
        "paginator": "cursor",
        "resource.paginator.cursor_path": "b",
        "resource.paginator.cursor_param": "c",
    },
    {"paginator": "cursor", "resource.paginator.cursor_key": "b"},
    {"paginator": "header_link", "resource.paginator.links_next_key": "next"},
    {"paginator": "json_link", "resource.paginator.next_url_path": "b"},
]


def found(config: PreparedConfig, what: str) -> Any:  # noqa: ANN401  # any value
    """What a configuration means by a name in `MEANS`."""
    resource = config.settings.resources[-1]
    made = stream(config)
    if what == "paginator":
        return resource.paginator.type if resource.paginator else None
    if what == "first page":
        return made.make_paginator(10).first
    if what == "ignored":
        return [sentence.split("`")[1] for sentence in config.ignored]
    if what == "ignored_responses":
        return [(each.status, each.content) for each in made.ignored]
    if what == "stream.include_from_parent.values":
        return [*made.include_from_parent.values()]
    holders = {"settings": config.settings, "stream": made, "resource": resource}
    holder, _, path = what.partition(".")
    return attrgetter(path)(holders[holder])


MAPS = rows("What maps to what")


def test_each_row_of_what_maps_has_its_meaning_here() -> None:
    assert len(MAPS) == len(MEANS)


@pytest.mark.parametrize(("row", "means"), [*zip(MAPS, MEANS, strict=False)])
def test_a_row_of_what_maps_means_what_it_says(row: str, means: dict[str, Any]) -> None:
    config = prepared(yaml.safe_load(row))
    assert config.problems == []
    assert {what: found(config, what) for what in means} == means


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("type: header_cursor, cursor_key: b", "type: cursor, cursor_key: b"),
        ("type: json_link, next_url_path: b", "type: json_response, next_url_path: b"),
    ],
)
def test_a_paginator_has_the_two_names_that_the_page_gives_it(one: str, other: str) -> None:
    configs = [
        prepared(yaml.safe_load(f"resources: [{{name: a, endpoint: {{paginator: {{{each}}}}}}}]"))
        for each in (one, other)
    ]
    assert configs[0].settings.resources == configs[1].settings.resources


REFUSED = {
    # What the sentence of a refusal says, as the page does.
    "{session: x}": "a session is an object of a Python program",
    "http://api": "must begin with https: because http: does not encrypt the credentials",
    "user:password@": "use the settings for credentials",
    "?version=2": "set query parameters as `params`",
    '"api.example.com"': "is not a URL: it must look like https://api.example.com",
    "[a-b, a_b]": "`a_b` and `a-b` of resources[0] are both called `a_b` here",
    "[Users, users]": "differs only in case",
    '["/"]': "or an object with `name`",
    "last_value_func": "a bookmark is the latest value",
    "on_cursor_value_missing": "must be `include`: a record whose replication key is null is sent",
    "range_start": "must be `closed`: records with exactly the bookmark's value are read again",
    "range_end": "must be `open`: records with exactly the end value are not read",
    "b[0].c": "must be the name of a field, or names joined by dots",
    "allow_external_schedulers": "the state, `start_date` and `end_date` define the range",
    "cursor_path: b, primary_key": "`primary_key` is not supported: it belongs to the resource",
    "write_disposition: merge": "set `primary_key`, or use `append`",
    "resources.q.id": "only one parent",
    "endpoint: {json": "a GET has no body: set `method: POST`",
    "page_body_path": "set `method: POST`",
    "data: {q: x}": "keep one",
    "method: PUT": "must be `GET` or `POST`",
    "elsewhere": "`base_url` names the host",
    "status_code: 500": "cannot be ignored without losing records",
}
REFUSALS = rows("What is refused")


def test_each_refusal_has_its_sentence_here() -> None:
    assert len(REFUSALS) == len(REFUSED)
    assert all(part in row for part, row in zip(REFUSED, REFUSALS, strict=True))


@pytest.mark.parametrize(("row", "part"), [*zip(REFUSALS, REFUSED, strict=False)])
def test_a_refusal_is_one_sentence_that_says_what_the_page_does(row: str, part: str) -> None:
    (sentence,) = prepared(yaml.safe_load(row)).problems
    assert REFUSED[part] in sentence
    assert sentence.endswith(".")


HINTS = rows("Hints")
KEYS = {row.partition(":")[0] for row in HINTS}
TAKEN: dict[str, dict[str, Any]] = {
    "name: a": {"stream.name": "a"},
    "table_name: b": {"resource.table_name": "b"},
    "primary_key: b": {"stream.primary_keys": ("b",)},
    "primary_key: [b, c]": {"stream.primary_keys": ("b", "c")},
    "write_disposition: append": {"stream.write_disposition": "append"},
    "write_disposition: {disposition: replace, strategy: truncate-and-insert}": {
        "stream.write_disposition": "replace"
    },
    "include_from_parent: [b]": {"stream.include_from_parent.values": ["_row_hash", "b"]},
    "selected: false": {"stream.selected_by_default": False},
}


def with_hint(row: str) -> PreparedConfig:
    child = "endpoint: 'p/{resources.p.id}', " if "parent" in row.partition(":")[0] else ""
    name = "" if row.startswith("name:") else "name: a, "
    return prepared(yaml.safe_load(f"resources: [p, {{{name}{child}{row}}}]"))


@pytest.mark.parametrize(("row", "said"), [*HINTS.items()])
def test_a_hint_is_treated_as_the_page_says(row: str, said: str) -> None:
    config = with_hint(row)
    reason = said.rpartition(": ")[2]
    if said.startswith("refused: "):
        (sentence,) = config.problems
        assert f"{reason}." in sentence
        return
    assert config.problems == []
    named = "named: " in said
    key = "strategy" if "`strategy`" in said else row.partition(":")[0]
    sentence = f"`{key}` (`a`) is dlt's own and changes nothing here: {reason}."
    assert [*config.ignored] == ([sentence] if named else [])
    means = TAKEN.get(row, {})
    assert means or named
    assert {what: found(config, what) for what in means} == means
    if not means:
        # Nothing changes.
        without = with_hint("parent_table_name: null" if "parent" in row else "selected: null")
        assert vars_of(stream(config)) == vars_of(stream(without))


def vars_of(made: type[AnalyticsStream]) -> dict[str, Any]:
    values = {
        name: value for name, value in vars(made).items() if not name.startswith(("__", "_abc"))
    }
    parent = values.pop("parent_stream_type", None)
    paginator = values.pop("make_paginator", None)
    return {**values, "parent": parent and parent.__name__, "has_paginator": paginator is not None}


@pytest.mark.parametrize("disposition", ["merge", "replace", "append"])
def test_each_write_disposition_that_the_page_names_is_taken(disposition: str) -> None:
    config = with_hint(f"primary_key: b, write_disposition: {disposition}")
    assert stream(config).write_disposition == disposition


def test_every_key_of_dlts_own_type_is_a_row() -> None:
    """The keys of `EndpointResource`; where dlt is installed, it is asked."""
    assert len(KEYS) == 17
    typing = pytest.importorskip("dlt.sources.rest_api.typing", reason=DLT_MISSING)
    assert {*typing.EndpointResource.__annotations__} - {"endpoint"} == KEYS
