"""Stream maps, flattening and catalogs that lack a field: no value leaves where no column is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import only
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from tests.support.harness import Outcome

NUMBER = {"type": ["integer", "null"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "n": NUMBER,
        "u": {"type": ["string", "null"], "format": "date-time"},
        "o": {
            "type": ["object", "null"],
            "properties": {"a": NUMBER, "p": {"type": "object", "properties": {"b": NUMBER}}},
        },
        "empty": {"type": ["object", "null"], "properties": {}},
    },
}
FLAT = {"flattening_enabled": True, "flattening_max_depth": 5}


def read(records: list[dict[str, Any]], **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    """Read these records as the resource `things`; `schema` and `catalog` may replace the usual."""
    schema, parts = settings.pop("schema", SCHEMA), settings.pop("parts", {})
    without = settings.pop("catalog_without", None)
    with SmallAPI(lambda *_: {"data": records}) as api:
        things = resource("things", schema=schema, **parts)
        catalog = None
        if without:
            config = {"base_url": api.url, "resources": [things]}
            catalog = only("things", config=config)
            del catalog["streams"][0]["schema"]["properties"][without]
        return api.read(things, catalog=catalog, **settings)


def names_in_schema(outcome: Outcome) -> set[str]:
    return set(outcome.of("SCHEMA")[0]["schema"]["properties"])


def test_flattening_keeps_what_the_schema_does_not_know_in_a_column_that_it_has() -> None:
    """It gave such values names that no target had a column for."""
    inner = {"b": 2, "c": {"d": 0.50}}
    row = {"id": 1, "o": {"a": 1, "zz": "x", "p": inner}, "extra": [1], "empty": {"k": 1}}
    outcome = read([row], **FLAT)
    (record,) = outcome.records("things")
    assert record.keys() <= names_in_schema(outcome)
    aside = json.loads(record.pop("additional_properties"))
    assert aside == {"o.zz": "x", "o.p.c": {"d": 0.5}, "extra": [1]}
    assert record == {"id": 1, "o__a": 1, "o__p__b": 2, "empty": '{"k":1}'}
    assert outcome.stream("things")["verdict"] == "proven"


def test_flattening_without_a_column_for_what_is_not_known_is_not_proven() -> None:
    rows = [{"id": 1, "o": {"a": 1, "zz": "x"}}, {"id": 2, "o": {"a": 1}}]
    maps = {"things": {"additional_properties": "__NULL__"}}
    outcome = read(rows, stream_maps=maps, **FLAT)
    part = outcome.stream("things")
    assert (part["verdict"], part["lost"]) == ("not proven", {"o__zz": 1})
    assert all(record.keys() <= names_in_schema(outcome) for record in outcome.records("things"))


def test_flattening_that_gives_two_fields_one_name_is_refused_in_a_sentence() -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "o__a": NUMBER}}
    outcome = read([{"id": 1, "o": {"a": 1}, "o__a": 2}], schema=schema, **FLAT)
    assert outcome.error is not None
    assert "things: flattening gives two fields the name `o__a`" in str(outcome.error)
    assert outcome.of("RECORD") == []


def test_unknown_fields_are_lost_where_the_catalog_has_no_place_for_them() -> None:
    """Catalogs of other taps have no `additional_properties`, and so no target a column for it."""
    rows = [{"id": 1, "extra": "E"}, {"id": 2, "extra": "F"}]
    incremental = {"parts": {"incremental": {"cursor_path": "u"}}}
    rows = [{**row, "u": f"2024-01-0{row['id']}T00:00:00Z"} for row in rows]
    outcome = read(rows, catalog_without="additional_properties", **incremental)
    part = outcome.stream("things")
    assert (part["verdict"], part["lost"]) == ("not proven", {"extra": 2})
    assert "(`extra` 2)" in part["reasons"][0]
    assert outcome.state["bookmarks"]["things"]["replication_key_value"].startswith("2024-01-02")
    known = read([{"id": 1}], catalog_without="additional_properties")
    assert known.stream("things")["verdict"] == "proven"


def test_records_are_counted_as_they_went_out() -> None:
    """A filter of the user's left one out, and the report said that it was sent."""
    maps = {"things": {"__filter__": "n == 1"}}
    outcome = read([{"id": 1, "n": 1}, {"id": 2, "n": 2}], stream_maps=maps)
    assert len(outcome.records("things")) == outcome.stream("things")["records"] == 1
    assert outcome.log[-1].startswith("1 record; proven")


def test_a_record_that_a_filter_leaves_out_for_a_null_that_was_none_is_lost() -> None:
    """The field cannot hold the value, so that the filter sees null in its place."""
    rows: list[dict[str, Any]] = [{"id": 1, "n": 1}, {"id": 2, "n": "oops"}]
    outcome = read(rows, stream_maps={"things": {"__filter__": "n is not None"}})
    part = outcome.stream("things")
    assert (part["verdict"], part["kept"], part["lost"]) == ("not proven", 0, {"n": 1})
    assert "a filter of `stream_maps` left their record out" in part["reasons"][0]
    assert any("the value is nowhere in the output" in line for line in outcome.log)


def test_a_record_that_a_filter_leaves_out_anyway_is_neither_kept_nor_lost() -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "n": 1}, {"id": 2, "n": "oops"}]
    outcome = read(rows, stream_maps={"things": {"__filter__": "id == 1"}})
    part = outcome.stream("things")
    assert (part["verdict"], part["kept"], part["lost"]) == ("proven", 0, {})
    assert any("the record is left out, as `stream_maps` says" in line for line in outcome.log)


def test_a_map_may_make_a_text_of_what_was_kept() -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "n": "oops"}]
    maps = {"things": {"additional_properties": "str(additional_properties)"}}
    outcome = read(rows, stream_maps=maps)
    assert outcome.records("things")[0]["additional_properties"] == "{'n': 'oops'}"
    part = outcome.stream("things")
    assert (part["status"], part["verdict"], part["kept"]) == ("succeeded", "proven", 1)


NOT_FOR_ALL = "It must hold for every record, also where a field is null or of another type."


@pytest.mark.parametrize(
    ("field", "expression", "why"),
    [
        (
            "__filter__",
            "nn == 1",
            (
                "`nn` is neither a field of it nor a function. Of a field that not every record "
                "has, write `record.get('nn')`."
            ),
        ),
        ("x", "lower(t)", "there is no function `lower`."),
        ("x", "t.size", "nothing there has `size`."),
        ("x", "lambda: n", "the SDK's expressions cannot do that (FeatureNotAvailable)."),
        ("x", "config['salt']", f"KeyError. {NOT_FOR_ALL}"),
        ("x", "int('s3cr3t')", f"ValueError. {NOT_FOR_ALL}"),
        ("n", "n + 1", f"TypeError. {NOT_FOR_ALL}"),
    ],
)
def test_an_expression_that_fails_on_a_record_is_named(
    field: str, expression: str, why: str
) -> None:
    """And is not quoted: it may hold a secret."""
    rows: list[dict[str, Any]] = [{"id": 1, "n": 1, "t": "a"}, {"id": 2, "n": None}]
    fields = {**SCHEMA["properties"], "t": {"type": ["string", "null"]}}
    outcome = read(
        rows,
        schema={**SCHEMA, "properties": fields},
        stream_maps={"things": {field: expression}},
    )
    part = outcome.stream("things")
    place = "`__filter__`" if field == "__filter__" else f"the expression of `{field}`"
    assert part["error"] == f"things: {place} in `stream_maps` fails on a record: {why}"
    assert part["status"] == "failed"
    assert outcome.error is not None


def test_an_expression_that_fails_on_a_value_that_was_put_aside_is_named_too() -> None:
    outcome = read([{"id": 1, "n": "oops"}], stream_maps={"things": {"n": "n + 1"}})
    error = outcome.stream("things")["error"]
    assert error.startswith("things: the expression of `n` in `stream_maps` fails on a record: ")


@pytest.mark.parametrize(
    ("maps", "sentence"),
    [
        ({"id": None}, "things: `stream_maps` does not fit the stream: Removing key property 'id'"),
        (
            {"__key_properties__": ["zz"]},
            "things: `stream_maps` does not fit the stream: Invalid key properties",
        ),
        ({"__alias__": "1 + 1"}, "things: `__alias__` in `stream_maps` is not a name"),
        (
            {"__alias__": "lower(__stream_name__)"},
            "things: `__alias__` in `stream_maps` is not a name: there is no function `lower`",
        ),
    ],
    ids=str,
)
def test_a_map_that_does_not_fit_its_stream_ends_the_run_in_a_sentence(
    maps: dict[str, Any], sentence: str
) -> None:
    outcome = read([{"id": 1}], stream_maps={"things": maps})
    assert outcome.report["error"].startswith(sentence)
    assert outcome.of("RECORD") == []


@pytest.mark.parametrize("name", ["class", "str", "n"])
def test_a_table_name_is_a_name_and_no_expression(name: str) -> None:
    outcome = read([{"id": 1}], parts={"table_name": name})
    assert [record["stream"] for record in outcome.of("RECORD")] == [name]
