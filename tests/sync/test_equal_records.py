"""Records that have no key may be equal: each of them counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"v": {"type": "integer"}}}
KEYS = pytest.mark.parametrize("key", [{}, {"primary_key": []}], ids=["a row's hash", "no key"])


def read(answer: Any, key: dict[str, Any], **paginator: Any) -> Outcome:  # noqa: ANN401  # any
    """Read records without a key of their own."""
    entry: dict[str, Any] = {"primary_key": None, "write_disposition": "append", **key}
    endpoint = {"paginator": paginator or "single_page"}
    return read_list(answer, endpoint=endpoint, schema=SCHEMA, **entry)


def rows(*values: int) -> list[dict[str, int]]:
    """Records of these values."""
    return [{"v": value} for value in values]


@KEYS
def test_equal_records_of_one_page_are_so_many_records(key: dict[str, Any]) -> None:
    outcome = read(lambda _: {"data": rows(1, 1, 2, 3, 1), "total": 5}, key)
    part = outcome.stream("items")
    assert (part["verdict"], part["records"], part["reasons"]) == ("proven", 5, [])


@KEYS
def test_fewer_than_declared_are_not_all_of_them(key: dict[str, Any]) -> None:
    outcome = read(lambda _: {"data": rows(1, 1, 2, 3, 1), "total": 6}, key)
    part = outcome.stream("items")
    assert part["verdict"] == "not proven"
    assert "`total: 6`, and 5 records were read" in part["reasons"][0]


def test_a_record_with_a_key_that_comes_twice_counts_once() -> None:
    outcome = read_list(
        lambda _: {"data": [{"id": 1}, {"id": 1}, {"id": 2}], "total": 3},
        schema={"properties": {"id": {"type": "integer"}}},
    )
    assert outcome.stream("items")["verdict"] == "not proven"
