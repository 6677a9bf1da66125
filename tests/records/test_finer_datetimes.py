"""Date-times with more digits than they leave with: none is lost, no two keys become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ASIDE = "additional_properties"
INSTANT = {"type": ["string", "null"], "format": "date-time"}
CAME = "2024-01-01T00:00:00.123456789Z"
LEFT = "2024-01-01T00:00:00.123456Z"


def read(*rows: dict[str, Any], **entry: Any) -> Outcome:  # noqa: ANN401  # any entry
    return read_list(lambda _: {"data": rows}, **entry)


def declared(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  # any schema
    return {"properties": {"id": {"type": "integer"}, **properties}}


@pytest.mark.parametrize(
    ("came", "left"),
    [
        (CAME, LEFT),
        ("2024-01-01T00:00:00.1234567Z", LEFT),
        ("2024-01-01T00:00:00,1234560001", LEFT),
        ("2024-01-01 02:00:00.123456789+02:00", LEFT),
        ("0001-01-01T00:00:00.0000001Z", "0001-01-01T00:00:00.000000Z"),
    ],
)
@pytest.mark.parametrize("schema", [None, declared(at=INSTANT)], ids=["inferred", "declared"])
def test_the_field_is_rounded_down_and_the_value_is_kept_as_it_came(
    came: str, left: str, schema: dict[str, Any] | None
) -> None:
    outcome = read({"id": 1, "at": came}, **({"schema": schema} if schema else {}))
    assert outcome.records("items") == [{"id": 1, "at": left, ASIDE: {"at": came}}]
    report = outcome.stream("items")
    assert (report["verdict"], report["kept"]) == ("proven", 1)
    assert (report["converted"], report["nulls"]) == ({"at": 1}, {})
    (warning,) = (line for line in outcome.log if "finer than a microsecond" in line)
    assert f"The field is {left}, and the value is kept in `{ASIDE}`" in warning


@pytest.mark.parametrize(
    "came", ["2024-01-01T00:00:00.123456000Z", "2024-01-01T00:00:00.1234+01:00", f"{LEFT[:-1]}"]
)
def test_where_no_digit_is_lost_nothing_is_kept(came: str) -> None:
    (record,) = read({"id": 1, "at": came}).records("items")
    assert record["at"][-1] == "Z"
    assert ASIDE not in record


def test_in_lists_and_objects_the_value_is_kept_under_its_place() -> None:
    schema = declared(
        lines={"type": "array", "items": {"type": "object", "properties": {"at": INSTANT}}}
    )
    (record,) = read({"id": 1, "lines": [{"at": LEFT}, {"at": CAME}]}, schema=schema).records(
        "items"
    )
    assert record["lines"] == [{"at": LEFT}, {"at": LEFT}]
    assert record[ASIDE] == {"lines[1].at": CAME}


def test_a_record_of_a_later_page_is_kept_as_completely() -> None:
    """From the hundredth record on records are read into a class of their own."""
    pages = [[{"id": page * 200 + n, "at": LEFT} for n in range(200)] for page in range(3)]
    pages[2][77]["at"] = CAME
    outcome = read_list(
        lambda query: {"data": pages[int(query["page"])] if int(query["page"]) < 3 else []},
        endpoint={"paginator": {"type": "page_number", "base_page": 0}},
    )
    kept = [record[ASIDE] for record in outcome.records("items") if ASIDE in record]
    assert kept == [{"at": CAME}]


def test_with_null_the_digits_are_dropped_and_counted() -> None:
    outcome = read({"id": 1, "at": CAME}, settings={"on_invalid": "null"})
    assert outcome.records("items") == [{"id": 1, "at": LEFT}]
    assert (outcome.stream("items")["nulled"], outcome.stream("items")["verdict"]) == (1, "proven")


def test_with_fail_it_is_the_streams_error() -> None:
    outcome = read({"id": 1, "at": CAME}, settings={"on_invalid": "fail"})
    error = outcome.stream("items")["error"]
    assert "at is a date-time finer than a microsecond, not a date-time of six" in error
    assert CAME in error


def test_where_what_is_kept_is_not_in_the_output_the_stream_is_not_proven() -> None:
    maps = {"stream_maps": {"items": {ASIDE: "__NULL__"}}}
    report = read({"id": 1, "at": CAME}, settings=maps).stream("items")
    assert (report["verdict"], report["lost"]) == ("not proven", {"at": 1})


def test_a_key_whose_samples_have_such_digits_is_text_and_keeps_them() -> None:
    keys = [f"2024-01-01T00:00:00.12345678{digit}Z" for digit in range(8)]
    outcome = read(*({"at": key} for key in keys), primary_key="at")
    assert [record["at"] for record in outcome.records("items")] == keys
    assert outcome.stream("items")["verdict"] == "proven"


def test_the_bookmark_of_such_times_is_rounded_down_and_the_next_run_finds_the_record() -> None:
    asked: list[str] = []
    rows = [(n, f"2024-01-01T00:00:00.12345678{n}Z") for n in range(3)]

    def changed(query: dict[str, str]) -> object:
        asked.append(query.get("since", ""))
        return {"data": [{"id": n, "at": at} for n, at in rows if at >= query.get("since", "")]}

    endpoint = {"incremental": {"cursor_path": "at", "start_param": "since"}}
    first = read_list(changed, endpoint=endpoint)
    assert first.stream("items")["bookmark"] == LEFT
    asked.clear()
    second = read_list(changed, endpoint=endpoint, state=first.state)
    assert all(since <= "2024-01-01T00:00:00.123456000Z" for since in asked if since)
    assert len(second.records("items")) == 3
    assert second.stream("items")["verdict"] == "proven"
