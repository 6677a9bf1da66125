"""Keys that differ in the source and are one in the output: such a stream is not proven."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

INSTANT = {"type": "string", "format": "date-time"}
KINDS = {name: {"type": name} for name in ("string", "integer", "number", "boolean")}
KINDS["date-time"] = INSTANT
PAGES = {"type": "page_number", "base_page": 1}
NS = "2024-01-01T00:00:00.12345678"


def read(*ids: object, kind: str = "", **entry: Any) -> Outcome:  # noqa: ANN401  # any entry
    schema = {"schema": {"properties": {"id": KINDS[kind]}}} if kind else {}
    return read_list(lambda _: {"data": [{"id": each} for each in ids]}, **schema, **entry)


def verdict(outcome: Outcome) -> tuple[str, list[str]]:
    report = outcome.stream("items")
    return report["verdict"], report["reasons"]


@pytest.mark.parametrize(
    ("kind", "one", "other", "key"),
    [
        ("", 7, "7", "7"),
        ("", "7", 7, "7"),
        ("", True, "true", "true"),
        ("", {"x": 1}, '{"x":1}', '{"x":1}'),
        ("string", 7, "7", "7"),
        ("integer", 7, "7", "7"),
        ("integer", "7", "07", "7"),
        ("integer", " 7", "+7", "7"),
        ("number", 7, "7.0", "7"),
        ("number", "7", "7.0", "7.0"),
        ("boolean", True, "true", "True"),
        ("boolean", 1, "1", "True"),
        ("boolean", True, 1, "True"),
        ("date-time", f"{NS}1Z", f"{NS}2Z", "2024-01-01T00:00:00.123456Z"),
        ("date-time", f"{NS}1Z", "2024-01-01T00:00:00.123456Z", "2024-01-01T00:00:00.123456Z"),
    ],
    ids=itertools.count(),
)
def test_two_keys_that_the_tap_makes_one_are_not_proven(
    kind: str, one: object, other: object, key: str
) -> None:
    outcome = read("a", one, other) if not kind else read(one, other, kind=kind)
    sentence = (
        "1 key of the output is one key for records whose keys differ in the source "
        f"(`{key}`): a target keeps one of them"
    )
    assert verdict(outcome) == ("not proven", [sentence])
    assert len(outcome.records("items")) == (2 if kind else 3)


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("", [7, "8", True]),
        ("string", [7, 8, 9]),
        ("integer", ["7", "8"]),
        ("integer", [7, "8", "09", 7]),
        ("number", ["7.0", 8, "9"]),
        ("boolean", [True, "false"]),
        ("date-time", [f"{NS}1Z", "2024-01-01T00:00:00.123457Z"]),
        ("date-time", ["2024-01-01T00:00:00Z", "2024-01-01T00:00:01.000+00:00"]),
    ],
    ids=itertools.count(),
)
def test_keys_in_several_forms_of_which_none_is_anothers_are_proven(
    kind: str, ids: list[object]
) -> None:
    assert verdict(read(*ids, kind=kind)) == ("proven", [])


def test_a_part_of_a_key_of_several_fields_may_be_what_is_made_one() -> None:
    rows = [{"a": "x", "b": 7}, {"a": "x", "b": "7"}, {"a": "y", "b": 7}]
    outcome = read_list(lambda _: {"data": rows}, primary_key=["a", "b"])
    assert "(`x, 7`)" in str(verdict(outcome))


@pytest.mark.parametrize("number_on", [1, 2, 3, 4])
@pytest.mark.parametrize("text_on", [1, 2, 4])
@pytest.mark.parametrize("total", [{}, {"total": 400}], ids=["", "a total"])
def test_the_two_may_come_on_different_pages(
    number_on: int, text_on: int, total: dict[str, int]
) -> None:
    """From the hundredth record on they are read into a class of their own."""

    def answer(query: dict[str, str]) -> object:
        page = int(query["page"])
        rows: list[dict[str, Any]] = [{"id": f"{page}-{n}"} for n in range(100 if page < 5 else 0)]
        if page == number_on:
            rows[50]["id"] = 7
        if page == text_on:
            rows[60]["id"] = "7"
        return {"data": rows} | total

    outcome = read_list(
        answer,
        endpoint={"paginator": PAGES | ({"records_total_path": "total"} if total else {})},
        schema={"properties": {"id": {"type": "string"}}},
    )
    assert verdict(outcome)[0] == "not proven"
    assert "(`7`)" in str(verdict(outcome))


def test_a_reading_in_one_pass_that_did_not_remember_the_usual_keys_is_given_up() -> None:
    at = [f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z" for n in range(300)]
    rows: list[dict[str, Any]] = [{"id": f"n{n}", "at": at[n]} for n in range(300)]
    rows[20]["id"], rows[250]["id"] = "7", 7

    def answer(query: dict[str, str]) -> object:
        found = [row for row in rows if row["at"] >= query.get("since", "")[:19]]
        found.sort(key=lambda row: row["at"], reverse=query.get("sort", "").startswith("-"))
        start = (int(query["page"]) - 1) * 100
        return {"data": found[start : start + 100], "has_more": start + 100 < len(found)}

    incremental = {"cursor_path": "at", "start_param": "since", "order_param": "sort"}
    endpoint = {"paginator": PAGES | {"has_more_path": "has_more"}, "incremental": incremental}
    schema = {"properties": {"id": {"type": "string"}, "at": INSTANT}}
    outcome = read_list(answer, endpoint=endpoint, schema=schema)
    assert "keys come in several forms" in outcome.stream("items")["fell_back"]
    assert "(`7`)" in str(verdict(outcome))


def test_equal_numbers_are_one_key() -> None:
    outcome = read_list(
        lambda _: b'{"data":[{"id":1},{"id":1.0},{"id":1e0},{"id":2.5}],"total":4}',
        endpoint={"paginator": {"type": "offset", "limit": 10, "total_path": "total"}},
    )
    assert outcome.stream("items")["verdict"] == "not proven"
    assert "declared" in str(verdict(outcome))


def test_with_verify_none_nobody_looks() -> None:
    assert verdict(read(7, "7", settings={"verify": "none"}))[0] == "not verified"
