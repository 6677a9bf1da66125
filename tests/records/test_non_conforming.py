"""Values that their fields cannot hold: kept, counted, or the stream's error; never lost."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode
from tap_analytics.records.names import MOST_COUNTED, OTHERS
from tap_analytics.records.non_conforming import InvalidValueError, NonConforming
from tap_analytics.records.scalars import to_text
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.rest.response.unloadable import Cleaning

Json = dict[str, Any]

TEXT = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
INTEGER = {"type": ["integer", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
INSTANT = {"type": ["string", "null"], "format": "date-time"}
ASIDE = "additional_properties"


def schema(**properties: Json) -> Json:
    return {"properties": properties}


def a_list(items: Json) -> Json:
    return {"type": ["array", "null"], "items": items}


def an_object(**properties: Json) -> Json:
    return {"type": ["object", "null"], "properties": properties}


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (INTEGER, Decimal("700.5")),
        (INTEGER, 2**63),
        (INTEGER, "A700"),
        (NUMBER, "A700"),
        (NUMBER, True),
        (NUMBER, "1e99999999999999999999"),
        (BOOLEAN, "maybe"),
        (INSTANT, "31/12/2024"),
        (INSTANT, 1573755038314),
        (an_object(a=TEXT), [1]),
        (an_object(), "text"),
        (a_list(NUMBER), {"a": 1}),
        (a_list({}), "text"),
    ],
)
def test_the_field_is_null_and_the_value_is_kept_as_it_came(wanted: Json, value: object) -> None:
    assert Conformer(schema(f=wanted)).conform({"f": value}) == {"f": None, ASIDE: {"f": value}}


def test_the_place_of_a_kept_value_has_the_indexes_and_its_count_has_none() -> None:
    lines = a_list(
        an_object(price=NUMBER, tags=a_list(a_list(INTEGER)), **{"o{0}": an_object(n=NUMBER)})
    )
    conformer = Conformer(schema(lines=lines, sizes=a_list(INTEGER)))
    record = {
        "lines": [
            {"price": 1, "tags": [[1, 2], [3, "x"]], "o{0}": {"n": "y"}},
            {"price": "n/a", "tags": [7, [8]]},
            "no line",
        ],
        "sizes": [1, 1.5, "2"],
    }
    assert conformer.conform(record)[ASIDE] == {
        "lines[0].tags[1][1]": "x",
        "lines[0].o{0}.n": "y",
        "lines[1].price": "n/a",
        "lines[1].tags[0]": 7,
        "lines[2]": "no line",
        "sizes[1]": 1.5,
    }
    assert Counter(found.path for found in conformer.non_conforming) == {
        "lines[].tags[][]": 1,
        "lines[].o{0}.n": 1,
        "lines[].price": 1,
        "lines[].tags[]": 1,
        "lines[]": 1,
        "sizes[]": 1,
    }


def test_what_is_said_of_a_value_names_its_place_its_type_and_the_one_wanted() -> None:
    conformer = Conformer(schema(lines=a_list(an_object(at=INSTANT))))
    conformer.conform({"lines": [{"at": None}, {"at": 5}]})
    assert conformer.non_conforming == [
        NonConforming("lines[].at", "lines[1].at", 5, "a number", "a date-time")
    ]


def test_a_kept_value_never_takes_the_place_of_another() -> None:
    """An unknown field may have a place for its name, and two places may be spelled the same."""
    conformer = Conformer(schema(a=an_object(b=NUMBER), **{"a.b": NUMBER}))
    record = {"a": {"b": "x"}, "a.b": "y", "a.b (invalid)": 1}
    assert conformer.conform(record)[ASIDE] == {
        "a.b (invalid)": 1,
        "a.b": "x",
        "a.b (invalid) (invalid)": "y",
    }
    conformer = Conformer(schema(o=an_object(n=NUMBER)))
    assert conformer.conform({"o": {"n": "x"}, "o.n": 1})[ASIDE] == {"o.n": 1, "o.n (invalid)": "x"}


def test_a_field_named_additional_properties_is_kept_beside_the_kept_values() -> None:
    record = {"n": "x", ASIDE: {"n": 1}}
    kept = Conformer(schema(n=NUMBER, additional_properties=an_object())).conform(record)
    assert kept == {"n": None, ASIDE: {ASIDE: {"n": 1}, "n": "x"}}


def test_a_field_that_only_the_tap_sets_is_unknown_where_the_api_sends_it() -> None:
    conformer = Conformer(schema(id=TEXT, _row_hash=TEXT), added={"_row_hash"})
    assert conformer.conform({"id": "a", "_row_hash": "mine"}) == {
        "id": "a",
        ASIDE: {"_row_hash": "mine"},
    }


def test_nothing_of_one_record_is_kept_in_the_next() -> None:
    conformer = Conformer(schema(n=NUMBER))
    conformer.conform({"n": "x"})
    assert conformer.conform({"n": 1}) == {"n": 1}


def test_with_null_the_value_is_gone_and_counted() -> None:
    conformer = Conformer(schema(n=NUMBER), on_invalid="null")
    assert conformer.conform({"n": "x"}) == {"n": None}
    assert [found.path for found in conformer.non_conforming] == ["n"]


def test_with_fail_the_first_such_value_is_an_error_that_says_all_of_it() -> None:
    conformer = Conformer(schema(lines=a_list(an_object(n=INTEGER))), on_invalid="fail")
    conformer.conform({"lines": [{"n": 1}]})
    with pytest.raises(InvalidValueError) as raised:
        conformer.conform({"lines": [{"n": 1}, {"n": "x"}]})
    assert str(raised.value) == "lines[1].n is a string, not an integer of at most 64 bits"
    assert raised.value.found.value == "x"


@pytest.mark.parametrize("number", ["1e99999999999999999999", "9" * 5_000])
def test_a_number_that_nothing_can_hold_is_kept_as_text(number: str) -> None:
    body = f'{{"rows":[{{"a":1.10,"n":{number}}}]}}'.encode()
    (record,) = RecordExtractor("rows").records(JSONBody(body)).decode()
    kept = Conformer(schema(a=NUMBER, n=INTEGER)).conform(record)
    assert kept == {"a": Decimal("1.10"), "n": None, ASIDE: {"n": number}}


@pytest.mark.parametrize(
    ("record", "clean"),
    [
        ({"id\0": 2, "id": 1}, {"id (invalid)": 2, "id": 1}),
        ({"id": 1, "id\0": 2}, {"id": 1, "id (invalid)": 2}),
        ({"id\0": 1, "\ud800id": 2}, {"id": 1, "id (invalid)": 2}),
        (
            {"id": 1, "id\0": 2, "id (invalid)": 3},
            {"id": 1, "id (invalid) (invalid)": 2, "id (invalid)": 3},
        ),
        ({"o": {"a": 1, "\0a": 2}}, {"o": {"a": 1, "a (invalid)": 2}}),
    ],
)
def test_a_nul_taken_out_of_a_name_never_overwrites_another_field(
    record: Json, clean: Json
) -> None:
    cleaning = Cleaning()
    cleaned = cleaning.clean(record)
    assert cleaned == clean
    assert list(cleaned) == list(clean)
    assert cleaning.removed.total() >= 1


def test_a_nul_in_a_name_is_counted_and_overwrites_nothing_on_the_whole_way() -> None:
    cleaning = Cleaning()
    body = rb'{"rows":[{"id":1,"id\u0000":2}]}'
    (record,) = RecordExtractor("rows").records(JSONBody(body)).each(cleaning)
    assert (record, cleaning.removed) == ({"id": 1, "id (invalid)": 2}, {"id": 1})


@pytest.mark.parametrize(
    ("body", "clean"),
    [
        (rb'{"id\u0000":1,"id\ud800":2}', {"id": 1, "id (invalid)": 2}),
        (rb'{"id\ud800":1,"id\uD801":2}', {"id": 1, "id (invalid)": 2}),
        (rb'{"id\ufdd0":1,"id\u0000":2,"id":3}', {"id\ufdd0": 1, "id (invalid)": 2, "id": 3}),
        (b'{"id\xef\xb7\x90":1,"id\\u0000":2}', {"id\ufdd0": 1, "id": 2}),
        (b'{"id\x80":1,"id\x81":2,"id":3}', {r"id\x80": 1, r"id\x81": 2, "id": 3}),
        (b'{"id\x80":1,"id\\\\x80":2}', {r"id\x80 (invalid)": 1, r"id\x80": 2}),
        (rb'{"id":"\ufdd0\ufde0\ufde0\ufde0\ufde0"}', {"id": "\ufdd0\ufde0\ufde0\ufde0\ufde0"}),
    ],
)
def test_names_that_differ_in_what_is_taken_out_of_them_stay_two(body: bytes, clean: Json) -> None:
    whole = b'{"rows":[' + body + b"]}"
    (record,) = RecordExtractor("rows").records(JSONBody(whole)).decode()
    assert sorted(record.items()) == sorted(clean.items())


@given(
    st.lists(
        st.text(
            st.sampled_from(["\0", "\ud800", "\udfff", "\ufdd0", "\ufde0", "a", "\\"]), max_size=3
        ),
        unique=True,
        max_size=6,
    )
)
def test_as_many_values_come_out_of_a_record_as_are_in_it(names: list[str]) -> None:
    body = json.dumps({"rows": [{name: place for place, name in enumerate(names)}]}).encode()
    (record,) = RecordExtractor("rows").records(JSONBody(body)).decode()
    assert sorted(record.values()) == [*range(len(names))]
    assert not any(re.search("[\0\ud800-\udfff]", name) for name in record)


def test_unknown_names_are_counted_each_up_to_a_limit_and_then_together() -> None:
    conformer = Conformer(schema())
    for page in range(3):
        record: Json = dict.fromkeys([f"{page} {n}" for n in range(4_000)], 1)
        assert len(conformer.conform(record)[ASIDE]) == 4_000
    assert len(conformer.unknown) == MOST_COUNTED
    assert sum(conformer.unknown.values()) == 12_000
    assert conformer.unknown["0 0"] == 1
    assert conformer.unknown[OTHERS] == 12_000 - MOST_COUNTED + 1


def cost(fields: int, properties: Json, value: object) -> float:
    """The least CPU time of several, in seconds, for a record with so many fields."""
    conformer = Conformer({"properties": properties})
    times = []
    for _ in range(5):
        record = dict.fromkeys([f"field {n}" for n in range(fields)], value)
        start = time.thread_time()
        conformer.conform(record)
        times.append(time.thread_time() - start)
        conformer.non_conforming.clear()
    return min(times)


@pytest.mark.parametrize("known", [False, True])
def test_a_record_with_eight_times_the_fields_costs_about_eight_times_as_much(
    *, known: bool
) -> None:
    """Quadratic work would cost 64 times as much."""
    few, many = 6_000, 48_000
    properties = {f"field {n}": NUMBER for n in range(many)} if known else {}
    assert cost(many, properties, "x") < 24 * cost(few, properties, "x")


# Property-based: no value is lost.

NAMES = st.sampled_from(["a", "b", "a.b", "a[0]", "a (invalid)", "a.b (invalid)", ASIDE, "c"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999),
    st.text("abc1.5", max_size=4),
    st.sampled_from(["2026-01-31T23:59:59Z", "/Date(0)/", "true", "0", "12.50", "1e3", "n/a"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.recursive(
    st.sampled_from([TEXT, NUMBER, INTEGER, BOOLEAN, INSTANT, {}]),
    lambda inner: st.one_of(
        inner.map(a_list),
        st.dictionaries(NAMES, inner, max_size=3).map(lambda fields: an_object(**fields)),
    ),
    max_leaves=5,
)


def equal(came: Any, went: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Whether a value is what another was converted into."""
    if came is went or (type(came) is type(went) and came == went) or to_text(came) == went:
        return True
    if isinstance(went, bool):
        return {"true": True, "1": True, "false": False, "0": False}[to_text(came).lower()] is went
    if isinstance(went, int | Decimal):
        return not isinstance(came, bool) and Decimal(str(came)) == went
    instants = {"2026-01-31T23:59:59Z": "2026-01-31T23:59:59.000000Z"}
    instants["/Date(0)/"] = "1970-01-01T00:00:00.000000Z"
    return instants.get(str(came)) == str(went)


def plain(place: str, value: object) -> tuple[str, bytes]:
    """A value and its place, without what is put behind a place that is taken."""
    return re.sub(r"( \(invalid\))+$", "", place), encode(value)


def changed(came: Any, went: Any, place: str) -> list[tuple[str, bytes]]:  # noqa: ANN401 -- any JSON
    """The values, with their places, that are no longer where they were."""
    if isinstance(came, dict) and isinstance(went, dict) and came.keys() == went.keys():
        pairs = [(came[name], went[name], f"{place}.{name}") for name in came]
    elif isinstance(came, list) and isinstance(went, list) and len(came) == len(went):
        pairs = [(*pair, f"{place}[{n}]") for n, pair in enumerate(zip(came, went, strict=True))]
    else:
        return [] if came is went or equal(came, went) else [plain(place, came)]
    return [found for pair in pairs for found in changed(*pair)]


@settings(max_examples=200, deadline=None)
@given(
    record=st.dictionaries(NAMES, VALUES, max_size=4),
    properties=st.dictionaries(NAMES, SCHEMAS, max_size=4),
)
def test_every_value_of_a_record_is_in_its_field_or_among_the_additional_properties(
    record: Json, properties: Json
) -> None:
    came = json.loads(encode(record), parse_float=Decimal)
    conformed = Conformer({"properties": properties}).conform(record)
    aside = conformed.pop(ASIDE, {})
    known = came.keys() & properties.keys() - {ASIDE}
    for name in came.keys() - known:
        assert encode(aside.pop(name)) == encode(came[name])
    missing = [found for name in known for found in changed(came[name], conformed[name], name)]
    assert Counter(missing) == Counter(plain(place, value) for place, value in aside.items())
    assert conformed.keys() == known
