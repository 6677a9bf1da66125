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


PAGES = {"type": "page_number", "base_page": 1, "total_path": "pages"}


def paged(*values: int, total: int | None = None, heeded: int = 99) -> Any:  # noqa: ANN401  # a function
    """What makes pages of ten, of which a server may heed only the first so many."""

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        start = 10 * (min(int(query["page"]), heeded) - 1)
        count = total or len(values)
        return {
            "data": rows(*values[start : start + 10]),
            "total": count,
            "pages": -(-count // 10),
        }

    return answer


@KEYS
@pytest.mark.parametrize("more", [{}, {"records_total_path": "total"}], ids=["found", "named"])
def test_equal_records_on_several_pages_are_proven_where_all_pages_come_again(
    key: dict[str, Any], more: dict[str, str]
) -> None:
    outcome = read(paged(*[0] * 25), key, **PAGES, **more)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"], part["passes"]) == (None, "proven", 2)
    assert len(outcome.records("items")) == 25


@KEYS
def test_many_equal_pages_are_read_to_their_end(key: dict[str, Any]) -> None:
    outcome = read(paged(*[0] * 95), key, **PAGES)
    assert (outcome.stream("items")["error"], len(outcome.records("items"))) == (None, 95)


@KEYS
@pytest.mark.parametrize(("total", "heeded"), [(30, 1), (30, 2)])
def test_equal_pages_of_a_server_that_does_not_heed_their_number_are_not_proven(
    key: dict[str, Any], total: int, heeded: int
) -> None:
    outcome = read(paged(*[0] * 20, *range(1, 11), total=total, heeded=heeded), key, **PAGES)
    assert outcome.stream("items")["verdict"] == "not proven"


@KEYS
@pytest.mark.parametrize("values", [range(30), [0, *[1] * 29]], ids=["different", "two"])
def test_a_page_of_different_records_that_comes_again_is_the_same_page(
    key: dict[str, Any], values: list[int]
) -> None:
    outcome = read(paged(*values, heeded=1), key, **PAGES)
    assert "does not heed the page" in outcome.stream("items")["error"]


@KEYS
def test_more_equal_records_than_are_declared_are_the_same_page(key: dict[str, Any]) -> None:
    numbers = {"type": "page_number", "base_page": 1}
    outcome = read(paged(*[0] * 15, total=15, heeded=1), key, **numbers)
    assert "does not heed the page" in outcome.stream("items")["error"]


@KEYS
def test_a_record_that_only_a_further_pass_found_beside_an_equal_one_is_not_proven(
    key: dict[str, Any],
) -> None:
    """One of the two 3s is missed in pass 1, and later passes send nothing that was sent before."""
    values, asked = [1, 2, 3, 4, 3, 5], []

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        asked.append(query)
        if len(asked) == 3:
            values.remove(1)
        start = 2 * (int(query["page"]) - 1)
        return {
            "data": rows(*values[start : start + 2]),
            "total": len(values),
            "pages": -(-len(values) // 2),
        }

    outcome = read(answer, key, **PAGES)
    assert sum(record["v"] == 3 for record in outcome.records("items")) == 1
    part = outcome.stream("items")
    assert (part["verdict"], part["passes"]) == ("not proven", 3)
    assert "`total: 5`, and 4 records were read" in part["reasons"][-1]
