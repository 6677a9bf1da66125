"""Two ways of a record, one output: read into its stream's own class, or through a dict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_analytics.records import typed
from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode
from tap_analytics.records.typed import LEARNED, FieldOrder, TypedWay, typed_reader
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.rest.response.unloadable import Cleaning
from tap_analytics.sync import record_pipeline
from tests.support.harness import connected_by_pages, sync
from tests.support.streams import API_OF

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

Json = dict[str, Any]

TEXT = {"type": ["string", "null"]}
PROPERTIES: Json = {
    "id": {"type": "string"},
    "changed": {"type": ["string", "null"], "format": "date-time"},
    "price": {"type": ["number", "null"]},
    "seats": {"type": ["integer", "null"]},
    "open": {"type": ["boolean", "null"]},
    "größe": TEXT,
    "f1": TEXT,
    "class": {},
    "tags": {"type": ["array", "null"], "items": {}},
    "prices": {"type": ["array", "null"], "items": {"type": ["number", "null"]}},
    "meta": {"type": ["object", "null"], "properties": {}},
    "buyer": {
        "type": ["object", "null"],
        "properties": {"name": TEXT, "since": {"type": ["string", "null"], "format": "date-time"}},
    },
    "additional_properties": {"type": ["object", "null"]},
}
ORDER = [name for name in PROPERTIES if name != "additional_properties"]

FITTING = {
    "id": ['"a"', '"\\u0061b"', '"ü\\n"'],
    "changed": ['"2026-01-31T23:59:59Z"', '"2026-01-31 23:59:59.5+02:00"', '"/Date(1)/"', "null"],
    "price": ["1", "-0.0", "1.50", "1E-7", "12345678901234567890.10", '"3.10"', "null"],
    "seats": ["7", "7.0", '"7"', "9223372036854775807", "null"],
    "open": ["true", "false", "null"],
    "größe": ['"\\ud83d\\ude00"', '""', "null", '"\\ufdd1"'],
    "f1": ['"x/\\/"', "null"],
    "class": ["1e300", '{"b":[1.0,{}],"a":null}', '"t"', "true", "123456789012345678901234567890"],
    "tags": ["[]", '[1.10, "a", {"z": 1, "a": 2}]', "null"],
    "prices": ["[1.0, null, 2]", '["3.1"]', "null"],
    "meta": ['{"b": 0.10, "a": {"\\u0062": 1e2}}', "{}", "null"],
    "buyer": ['{"name": "n", "since": "2026-01-31T23:59:59Z"}', '{"more": [1]}', "{}", "null"],
}
ODD = [
    *('"n/a"', "5", "1.5", "true", "[]", "{}", '"\\u0000"', '"\\ud800"', '"\\ufdd0"', '"\ufdd0"'),
    *("1e99999999999999999999", "9223372036854775808", "[[1]]", '{"name": 5}', '["n/a"]', "NaN"),
    *('{"since": "n/a", "name": 1}', "1e400", "1e-400", "9" * 309),
    '"2026-01-31T23:59:59.1234567Z"',
]
SPACES = st.sampled_from(["", " ", "\n  ", "\t\r\n"])


@st.composite
def records(draw: st.DrawFn) -> str:
    """Draw the JSON of a record: spacing, order, unknown fields and misfits vary."""
    names = draw(st.permutations(ORDER) if draw(st.integers(0, 5)) == 0 else st.just(ORDER))
    absent = draw(st.sets(st.sampled_from(ORDER), max_size=3))
    pairs = [(name, draw(st.sampled_from(FITTING[name]))) for name in names if name not in absent]
    if draw(st.booleans()):
        odd = draw(st.sampled_from([*ORDER, "other", "additional_properties", "F1"]))
        at = draw(st.integers(0, len(pairs)))
        pairs.insert(at, (odd, draw(st.sampled_from([*ODD, *FITTING["class"]]))))
    space = draw(SPACES)
    members = [f'{space}"{name}"{space}:{space}{value}' for name, value in pairs]
    return "{" + f"{space},".join(members) + space + "}"


def read(body: bytes, reader: Any = None) -> tuple[list[Any], list[Any]]:  # noqa: ANN401  # a function
    """What a body's records become through dicts, and what comes of each with a reader."""
    order = FieldOrder()
    order.observe(tuple(ORDER))
    conformer = Conformer({"properties": PROPERTIES})
    found: list[Any] = []
    cleaning = Cleaning()
    raw = RecordExtractor("rows").records(JSONBody(body))
    for record in raw.each(cleaning, raw.read_by(reader) if reader else ()):
        if isinstance(record, tuple):
            found.append(record)
        else:
            done = order.applied(conformer.conform(record))
            found.append((encode(done), done.get("id"), done.get("changed")))
    misfits = [each._replace(value=str(each.value)) for each in conformer.non_conforming]
    return found, [misfits, conformer.unknown, conformer.converted, cleaning]


def test_both_ways_give_the_same_bytes_keys_times_and_counts() -> None:
    ways: Counter[bool] = Counter()
    reader = typed_reader({"properties": PROPERTIES}, ORDER, keys=["id"], replication_key="changed")
    assert reader is not None

    def counting(raw: Any) -> Any:  # noqa: ANN401  # what the reader takes and gives
        row = reader(raw)
        ways[row is not None] += 1
        return row

    @settings(max_examples=300, deadline=None)
    @given(rows=st.lists(records(), min_size=1, max_size=4))
    def same(rows: list[str]) -> None:
        body = ('{"rows":[' + ",".join(rows) + "]}").encode()
        assert read(body, counting) == read(body)

    same()
    assert ways[True] > 200
    assert ways[False] > 50


@pytest.mark.parametrize(
    ("record", "fits"),
    [
        ('{"id":"a","changed":"2026-01-31T23:59:59Z","price":1.50}', True),
        ('{"id":"a","meta":{"b": 1,\n "a": 2}}', True),
        ('{"id":"a","seats":"n/a"}', False),
        ('{"id":"a","other":1}', False),
        ('{"id":"a","additional_properties":{}}', False),
        ('{"id":null}', False),
        ("{}", False),
        ('{"id":5}', False),
        ('{"id":"a","f1":5}', False),
        ('{"id":"a","buyer":{"name":5}}', False),
        ("[]", False),
    ],
)
def test_a_record_that_fits_is_read_at_once_and_any_other_goes_through_a_dict(
    record: str,
    fits: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    reader = typed_reader({"properties": PROPERTIES}, ORDER, keys=["id"], replication_key="changed")
    assert reader is not None
    assert (reader(record.encode()) is not None) is fits  # type: ignore[arg-type]  # as good as raw


@pytest.mark.parametrize(
    "properties", [{"id": TEXT, 'a"b': TEXT}, {"id": TEXT, **{f"n{n}": TEXT for n in range(300)}}]
)
def test_a_schema_with_a_name_to_escape_or_with_very_many_fields_has_no_reader(
    properties: Json,
) -> None:
    schema = {"properties": properties}
    assert typed_reader(schema, ["id"], keys=["id"], replication_key="") is None


def test_the_order_is_merged_and_a_contradiction_is_known() -> None:
    order = FieldOrder()
    for names in (("b", "d"), ("a", "b"), ("b", "c", "d"), ("d", "e")):
        order.observe(names)
    assert order.names == ["a", "b", "c", "d", "e"]
    assert not order.contradicted
    assert [*order.applied({"x": 1, "e": 2, "a": 3})] == ["a", "e", "x"]
    order.observe(("d", "a"))
    assert order.contradicted


def through(way: TypedWay, *batches: list[Json]) -> list[bool]:
    """Whether a reader is used after each batch of records that came as dicts."""
    used = []
    for batch in batches:
        for record in batch:
            way.by_other_way(record)
        way.page(len(batch))
        used.append(way.read is not None)
    return used


def a_way() -> TypedWay:
    return TypedWay(lambda _: lambda _: None)


def test_the_reader_is_used_when_enough_records_have_shown_one_order() -> None:
    half = [{"a": 1, "b": 2}] * (LEARNED // 2)
    assert through(a_way(), half, half) == [False, True]


def test_records_whose_fields_come_in_several_orders_keep_theirs() -> None:
    way = a_way()
    mixed = [{"a": 1, "b": 2}, {"b": 1, "a": 2}] * LEARNED
    assert through(way, mixed) == [False]
    assert [*way.by_other_way({"b": 1, "a": 2})] == ["b", "a"]


def test_where_many_records_go_through_dicts_all_of_them_do_but_in_the_same_order() -> None:
    way = a_way()
    usual, odd = [{"a": 1, "b": 2}] * LEARNED, [{"a": 1, "additional_properties": {}}] * LEARNED
    assert through(a_way(), odd) == [False]
    assert through(way, usual, odd, usual) == [True, False, False]
    assert [*way.by_other_way({"b": 1, "a": 2})] == ["a", "b"]


@pytest.mark.parametrize(("stream", "api"), API_OF.items())
def test_the_output_of_a_stream_is_the_same_byte_for_byte(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, api: str, stream: str
) -> None:
    readers: Counter[bool] = Counter()

    def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # handed on
        reader = typed_reader(*args, **kwargs)
        assert reader is not None

        def read_one(raw: Any) -> Any:  # noqa: ANN401  # the same
            row = reader(raw)
            readers[row is not None] += 1
            return row

        return read_one

    config = connected_by_pages(sandbox, api, page_size=50)

    def lines() -> list[bytes]:
        return [encode(record) for record in sync(config, stream).records(stream)]

    monkeypatch.setattr(record_pipeline, "typed_reader", counted)
    monkeypatch.setattr(typed, "MOST_BY_DICT", 1.0)
    by_class = lines()
    monkeypatch.setattr(record_pipeline, "typed_reader", lambda *_, **__: None)
    assert by_class == lines()
    assert readers[True] > 50
