"""The page on resources: its examples are right, and it leaves no key and no default out."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.resources.hints import _REASONS
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from tap_analytics.config.settings import Settings

PAGE = (DOCS / "resources.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
]
CONNECTION = {"base_url": "https://api.example.com", "access_token": "t"}


def settings(config: dict[str, Any]) -> Settings:
    return prepare_config(config, built_in_streams()).settings


def declared() -> dict[str, Any]:
    """Return the streams that the examples declare, by name."""
    streams = [
        stream
        for example in EXAMPLES
        for stream in configured_streams(settings(example))
        if stream.name in str(example["resources"])
    ]
    return {stream.name: stream for stream in streams}


def test_every_example_is_a_configuration_that_works() -> None:
    for example in EXAMPLES:
        own = {} if {"client", "auth"} & example.keys() else CONNECTION
        own = {**own, "base_url": "https://api.example.com"} if "auth" in example else own
        assert prepare_config({**own, **example}, built_in_streams()).problems == []


def test_the_examples_declare_what_the_page_says_of_them() -> None:
    streams = declared()
    assert {"invoices", "contacts", "buyer_contracts", "users", "logins", "plans"} <= set(streams)
    assert streams["invoices"].start_header == "If-Modified-Since"
    assert streams["contacts"].resource_page_size == 500
    assert streams["contacts"].primary_keys == ("ContactID",)
    assert streams["buyer_contracts"].include_from_parent == {
        "_buyers_id": "id",
        "_buyers_name": "name",
    }
    assert streams["buyer_contracts"].primary_keys == ("_buyers_id", "id")
    assert streams["users"].path == "/users"
    assert streams["logins"].primary_keys == ("user_id", "at")
    assert streams["plans"].write_disposition == "replace"


def test_every_key_of_an_entry_is_on_the_page() -> None:
    text = (
        files("tap_analytics.config.resources").joinpath("schema.json").read_text(encoding="utf-8")
    )
    kinds = json.loads(text)["$defs"]
    # Spellings that are only there for what is pasted; the page on dlt has them.
    others = {"type", "last_value_func", "on_cursor_value_missing", "range_start", "range_end"}
    others |= {"row_order", "convert", *_REASONS}
    for kind in ("resource", "endpoint", "paginator", "error_handler", "incremental"):
        for key in kinds[kind]["properties"].keys() - others:
            assert re.search(rf"\b{key}\b", PAGE), f"{kind}: {key}"


def test_the_defaults_of_the_table_are_those_of_the_paginators() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (?:yes|no|where.*?)? ?\|$", PAGE, re.MULTILINE)
    assert len(rows) == 5
    for kind, keys in rows:
        entry = {"name": "x", "endpoint": {"paginator": kind}}
        streams = configured_streams(settings({"resources": [entry]}))
        (stream,) = [stream for stream in streams if stream.name == "x"]
        found = vars(stream.make_paginator(7))
        told = dict(re.findall(r"`(\w+)` \((`\w+`|`[\w.]+`|\d+|true|false)\)", keys))
        for key in told.keys() & {"page_param", "offset_param", "cursor_param", "limit_param"}:
            attribute = "_param" if key == "cursor_param" else f"_{key}"
            assert found[attribute] == told[key].strip("`"), kind
        stops = {"true": True, "false": False}.get(told.get("stop_after_empty_page", ""))
        does = found.get("stops_after_empty", found.get("_stop_after_empty"))
        assert stops in {None, does}
        for key in told.keys() & {"base_page", "offset"}:
            assert found["first"] == int(told[key])
