"""One record made to fit its schema: dates, numbers, booleans, unknown fields, odd characters."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tap_analytics.records.conform import Conformer
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.encoding import encode
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.rest.response.unloadable import Cleaning
from tap_analytics.streams.registry import packaged_schema

TEXT = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
INTEGER = {"type": ["integer", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
DAY = {"type": ["string", "null"], "format": "date"}
TIME = {"type": ["string", "null"], "format": "time"}
OBJECT: dict[str, Any] = {"type": ["object", "null"], "properties": {}}


class Result:
    """What one record becomes on its whole way from an answer's body to a message."""

    def __init__(self, record: str, **properties: dict[str, Any]) -> None:
        """Send a record's JSON through a schema of these properties."""
        cleaning = Cleaning()
        body = b'{"rows":[' + record.encode("utf-8", "surrogatepass") + b"]}"
        (decoded,) = RecordExtractor("rows").records(JSONBody(body)).each(cleaning)
        self.removed, self.escaped = cleaning.removed, cleaning.escaped
        conformer = Conformer({"properties": properties})
        conformed = conformer.conform(decoded)
        self.text = encode(conformed).decode()
        self.field = encode(conformed.get("f")).decode()
        self.record = json.loads(self.text, parse_float=Decimal)
        self.aside = self.record.get("additional_properties", {})
        self.non_conforming = [found.path for found in conformer.non_conforming]
        self.unknown = conformer.unknown
        self.converted = conformer.converted


def field(value: str, schema: dict[str, Any]) -> tuple[str, bool]:
    """Return the JSON that a field's JSON becomes, and whether the field could not hold it."""
    result = Result(f'{{"f":{value}}}', f=schema)
    assert result.aside.keys() == set(result.non_conforming)
    return result.field, bool(result.non_conforming)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("/Date(1573755038314)/", "2019-11-14T18:10:38.314000Z"),
        ("/Date(1573755038314+0000)/", "2019-11-14T18:10:38.314000Z"),
        ("/Date(1573755038314+1300)/", "2019-11-14T18:10:38.314000Z"),
        ("/Date(0)/", "1970-01-01T00:00:00.000000Z"),
        ("/Date(-1577923200000)/", "1920-01-01T00:00:00.000000Z"),
        ("2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000000Z"),
        ("2026-01-31T23:59:59.1Z", "2026-01-31T23:59:59.100000Z"),
        ("2026-01-31T23:59:59.123Z", "2026-01-31T23:59:59.123000Z"),
        ("2026-01-31T23:59:59.123456Z", "2026-01-31T23:59:59.123456Z"),
        ("2026-01-31T23:59:59.1234560Z", "2026-01-31T23:59:59.123456Z"),
        ("2026-01-31T23:59Z", "2026-01-31T23:59:00.000000Z"),
        ("2026-01-31T23:59:59", "2026-01-31T23:59:59.000000Z"),
        ("2026-01-31 23:59:59.5+00:00", "2026-01-31T23:59:59.500000Z"),
        ("2026-01-31T23:59:59-06:00", "2026-02-01T05:59:59.000000Z"),
        ("2026-01-31T23:59:59.123456+13:00", "2026-01-31T10:59:59.123456Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_date_time_becomes_utc_with_six_digits(value: str, instant: str) -> None:
    assert field(json.dumps(value), MOMENT) == (f'"{instant}"', False)


@pytest.mark.parametrize(
    "value",
    [
        *("", "Date(2024)", "Refund /Date(0)/", "/Date(0)/ ", "/Date(x)/", "/Date()/"),
        *("/Date(999999999999999999999)/", "31/12/2024", "sometime in May", "2024-13-45T00:00:00Z"),
        *("2024-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "20240131000000", "2024-W05-3"),
        *(0, 1573755038314, 1.5, True, {"a": 1}, ["2024-01-31"]),
    ],
)
def test_what_is_no_date_time_becomes_null_and_counts(value: object) -> None:
    assert field(json.dumps(value), MOMENT) == ("null", True)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T00:00:00", "2026-01-31"),
        ("2026-01-31 00:00:00.000", "2026-01-31"),
        ("2026-01-31T00:00Z", "2026-01-31"),
        ("2024-02-29T00:00:00+00:00", "2024-02-29"),
    ],
)
def test_a_date_is_a_day_and_nothing_of_it_is_lost(value: str, left: str) -> None:
    assert field(json.dumps(value), DAY) == (f'"{left}"', False)


@pytest.mark.parametrize(
    "value",
    [
        *("", "n/a", "0000-00-00", "2026-02-29", "2026-13-01", "20260131", "2026-W05-6"),
        *("2026-01-31T23:30:00-05:00", "2026-01-31T00:00:00+02:00", "2026-01-31T00:00:00.1"),
        *("2026-01-31 ", "31/01/2026", "/Date(0)/", "2026-01-3\u0661", 31, True, ["2026-01-31"]),
    ],
)
def test_what_is_no_date_becomes_null_and_counts(value: object) -> None:
    assert field(json.dumps(value), DAY) == ("null", True)


@pytest.mark.parametrize(
    "value", ["10:00", "10:00:00", "23:59:59.123456789", "10:00:00Z", "00:00:00.5-05:30"]
)
def test_a_time_of_day_leaves_as_it_came(value: str) -> None:
    assert field(json.dumps(value), TIME) == (json.dumps(value), False)


@pytest.mark.parametrize(
    "value",
    [
        *("", "noon", "2026", "24:00:00", "10:60", "10:00:60", "10", "T10:00", "10:00:00+25:00"),
        *("2026-01-31T10:00:00", "10:00 pm", 1000, {"h": 1}),
    ],
)
def test_what_is_no_time_of_day_becomes_null_and_counts(value: object) -> None:
    assert field(json.dumps(value), TIME) == ("null", True)


@given(
    moment=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),  # noqa: DTZ001 -- Hypothesis wants them naive
    offset=st.integers(-14 * 60, 14 * 60),
    separator=st.sampled_from("T "),
    zulu=st.booleans(),
)
def test_any_instant_keeps_its_microseconds_and_sorts_as_text(
    moment: datetime, offset: int, separator: str, *, zulu: bool
) -> None:
    zone = UTC if zulu else timezone(timedelta(minutes=offset))
    spelled = moment.replace(tzinfo=zone).isoformat(separator)
    written = utc_instant(spelled.replace("+00:00", "Z") if zulu else spelled)
    utc = moment.replace(tzinfo=zone).astimezone(UTC)
    assert datetime.fromisoformat(written) == utc
    assert len(written) == len("2026-01-31T23:59:59.123000Z")
    later = utc_instant((utc + timedelta(microseconds=1)).isoformat())
    assert written < later


@given(st.from_regex(r"\d{4}-?\d\d-?\d\d[T ]?[0-9:.,]{2,16}[Z+-]?[0-9:]{0,5}", fullmatch=True))
@example("2026-01-31T23:59:Z")
@example("2026-01-31T23:59:59.Z")
@example("2026-01-31T24:00:00Z")
def test_what_nearly_is_a_date_time_becomes_one_whole_or_none(value: str) -> None:
    try:
        written = utc_instant(value)
    except (ValueError, OverflowError):
        return
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", written)


@pytest.mark.parametrize(
    "value", ["/Date(0)/", "2026-01-31T23:59:59Z", "Refund Date(2024)", "12.00", "false", "null"]
)
def test_text_stays_text_whatever_it_looks_like(value: str) -> None:
    assert field(json.dumps(value), TEXT) == (json.dumps(value), False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *((same, same) for same in ("0", "-0.01", "1.2345678901", "12345678901234.5678", "5.00")),
        *((same, same) for same in ("123456789012345678901234567890", "0.1", "-0.0", "10")),
        ('"12.00"', "12.00"),
        ('"-0.10"', "-0.10"),
        ('" 7 "', "7"),
        ('".5"', "0.5"),
        ('"1e3"', "1E+3"),
        ('"12345678901234.5678"', "12345678901234.5678"),
    ],
)
def test_a_number_keeps_every_digit_also_when_it_came_as_text(value: str, written: str) -> None:
    assert field(value, NUMBER) == (written, False)


@pytest.mark.parametrize(
    "value",
    [
        '"n/a"',
        '""',
        '"1,5"',
        '"1_000"',
        '"0x1F"',
        '"NaN"',
        '"Infinity"',
        "NaN",
        "true",
        "{}",
        "[1]",
    ],
)
def test_what_is_no_number_becomes_null_and_counts(value: str) -> None:
    assert field(value, NUMBER) == ("null", True)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_decimal_leaves_as_it_came(value: Decimal) -> None:
    for spelled in (f"{value}", f'"{value}"'):
        written, misfit = field(spelled, NUMBER)
        assert (str(Decimal(written)), misfit) == (str(value), False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *(("7", "7"), ('"7"', "7"), ("7.0", "7"), ("-9223372036854775808", "-9223372036854775808")),
        *(("7.5", "null"), ("9223372036854775808", "null"), ("1e999999999", "null")),
    ],
)
def test_an_integer_is_whole_and_has_64_bits(value: str, written: str) -> None:
    assert field(value, INTEGER) == (written, written == "null")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *(("true", "true"), ("false", "false"), ('"true"', "true"), ('"FALSE"', "false")),
        *(("1", "true"), ("0", "false"), ('"maybe"', "null"), ('""', "null"), ("2", "null")),
        *(("[]", "null"), ("{}", "null")),
    ],
)
def test_a_boolean_may_come_as_text(value: str, written: str) -> None:
    assert field(value, BOOLEAN) == (written, written == "null")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("5", "5"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('{"a":1.50,"b":[2.10,null]}', '{"a":1.50,"b":[2.10,null]}'),
    ],
)
def test_what_is_no_text_in_a_field_of_text_is_written_out_and_counted(
    value: str, written: str
) -> None:
    result = Result(f'{{"f":{value}}}', f=TEXT)
    assert result.record == {"f": written}
    assert (result.converted, result.non_conforming) == ({"f": 1}, [])


@pytest.mark.parametrize("schema", [TEXT, NUMBER, INTEGER, BOOLEAN, MOMENT, OBJECT])
def test_null_is_null_and_no_misfit(schema: dict[str, Any]) -> None:
    assert field("null", schema) == ("null", False)


def test_values_fit_at_any_depth_and_a_misfit_is_named_by_its_path() -> None:
    line = {"type": ["object", "null"], "properties": {"at": MOMENT, "n": NUMBER, "ok": BOOLEAN}}
    schema = {"type": ["object", "null"], "properties": {"lines": {"type": "array", "items": line}}}
    record = '{"o":{"lines":[{"at":"/Date(0)/","n":"1.50","ok":"no","new":"/Date(0)/"},null,7]}}'
    result = Result(record, o=schema)
    moment = "1970-01-01T00:00:00.000000Z"
    first = {"at": moment, "n": Decimal("1.50"), "ok": None, "new": "/Date(0)/"}
    assert result.record["o"] == {"lines": [first, None, None]}
    assert result.non_conforming == ["o.lines[].ok", "o.lines[]"]
    assert result.aside == {"o.lines[0].ok": "no", "o.lines[2]": 7}


def test_a_list_of_moments_and_a_list_in_place_of_an_object() -> None:
    result = Result(
        '{"a":["/Date(0)/","x"],"b":[1],"c":{}}',
        a={"type": "array", "items": MOMENT},
        b=OBJECT,
        c={"type": ["array", "null"], "items": {}},
    )
    aside = {"a[1]": "x", "b": [1], "c": {}}
    moments = ["1970-01-01T00:00:00.000000Z", None]
    assert result.record == {"a": moments, "b": None, "c": None, "additional_properties": aside}
    assert result.non_conforming == ["a[]", "b", "c"]


def test_fields_that_the_schema_does_not_know_are_kept_under_one_property() -> None:
    record = '{"a":1,"New":[{"x":1.2345678901}],"additional_properties":"mine","A":2}'
    result = Result(record, a=NUMBER, additional_properties=OBJECT)
    unknown = {"New": [{"x": Decimal("1.2345678901")}], "additional_properties": "mine", "A": 2}
    assert result.record == {"a": 1, "additional_properties": unknown}
    assert result.unknown == {"New": 1, "additional_properties": 1, "A": 1}


def test_a_record_without_unknown_fields_gets_no_such_property() -> None:
    assert Result('{"a":1}', a=NUMBER, additional_properties=OBJECT).record == {"a": 1}


@pytest.mark.parametrize(
    ("spelled", "clean", "removed"),
    [
        (r"nul \u0000 here", "nul  here", 1),
        (r"half \ud83d pair", "half  pair", 1),
        (r"other half \udc68", "other half ", 1),
        (r"\ud83d\ud83d\udc68\u0000", "\U0001f468", 2),
        ("raw half \ud83d", r"raw half \xed\xa0\xbd", 0),
        (r"whole \ud83d\udc68", "whole \U0001f468", 0),
        (r"spelled \\u0000", r"spelled \u0000", 0),
    ],
)
def test_nul_and_lone_surrogates_leave_strings_and_are_counted(
    spelled: str, clean: str, removed: int
) -> None:
    result = Result(f'{{"f":"{spelled}"}}', f=TEXT)
    assert result.record == {"f": clean}
    assert result.removed.total() == removed
    assert result.escaped.total() == spelled.startswith("raw")


def test_they_leave_nested_and_unknown_values_and_names_too() -> None:
    result = Result(r'{"o":{"a":["x\u0000"]},"new\u0000":{"\ud800k":"\udfff"}}', o=OBJECT)
    assert result.record == {"o": {"a": ["x"]}, "additional_properties": {"new": {"k": ""}}}


ANY_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(categories=("L", "Cc", "Cs", "N"))),
        st.sampled_from(["/Date(0)/", "2024-01-31T00:00Z", "12.00", "true", "n/a"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
CONTACT = packaged_schema("contacts")
CONTACT_VALIDATOR = Draft202012Validator(CONTACT, format_checker=FormatChecker())


@given(
    record=st.dictionaries(
        st.sampled_from(list(CONTACT["properties"])) | st.text(max_size=4), ANY_JSON
    ),
    ascii_only=st.booleans(),
)
def test_whatever_comes_what_leaves_is_strict_json_that_the_schema_allows(
    record: dict[str, Any], *, ascii_only: bool
) -> None:
    record["ContactID"] = "key"
    result = Result(json.dumps(record, ensure_ascii=ascii_only), **CONTACT["properties"])
    msgspec.json.decode(result.text)
    assert "\\u0000" not in result.text.replace("\\\\", "")
    assert set(result.record) <= set(CONTACT["properties"])
    assert [error.message for error in CONTACT_VALIDATOR.iter_errors(json.loads(result.text))] == []
