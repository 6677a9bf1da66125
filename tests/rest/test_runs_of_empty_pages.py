"""Empty pages in a row are bounded, told, and prove nothing that was declared otherwise."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [{"id": row} for row in range(40)]
SIZE = 7
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def read(
    answer: Callable[[dict[str, str]], Any], paginator: object, **entry: object
) -> tuple[dict[str, Any], int]:
    """The stream's part of the report, and how many requests were sent."""
    endpoint = {"path": "/t", "data_selector": "data", "paginator": paginator}
    resource = {"name": "t", "primary_key": "id", "endpoint": endpoint, **entry}
    with JSONServer(answer) as server:
        config = {"base_url": server.url, "resources": [resource], "concurrency": 1}
        return sync(config).stream("t"), len(server.asked)


NUMBERED = {"type": "page_number", "base_page": 1, "total_path": "total_pages"}


@pytest.mark.parametrize("paginator", [NUMBERED, "auto"], ids=["named", "auto"])
@pytest.mark.parametrize("declared", [300, 10**9])
@pytest.mark.parametrize("begins", [1, 0], ids=["one page", "none"])
def test_a_declared_number_of_empty_pages_is_not_asked_for_in_full(
    paginator: object, declared: int, begins: int
) -> None:
    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # of JSONServer
        rows = ROWS[:SIZE] if begins and query.get("page", "1") == "1" else []
        return {"data": rows, "total_pages": declared}

    part, requests = read(answer, paginator, schema=SCHEMA)
    assert part["verdict"] == "not proven"
    assert f"`total_pages: {declared}`" in " ".join(part["reasons"])
    assert part["records"] == SIZE * begins
    assert requests < 50


def test_records_behind_a_few_empty_pages_that_are_declared_are_read() -> None:
    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # of JSONServer
        page = int(query["page"])
        return {"data": ROWS[page : page + 1] if page in {1, 9} else [], "total_pages": 9}

    part, _ = read(answer, NUMBERED, schema=SCHEMA)
    assert part["records"] == 2


CURSOR = {"type": "cursor", "cursor_path": "next_cursor"}


@pytest.mark.parametrize("rows", [[], ROWS[:1]], ids=["empty", "none selected"])
def test_a_sample_of_pages_without_records_has_an_end_and_is_told(
    rows: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Of which fields a record has, such a server tells nothing."""
    ticks = count(1)

    def answer(_: dict[str, str]) -> Any:  # noqa: ANN401  # of JSONServer
        tick = next(ticks)
        return {"data": rows, "next_cursor": f"c{tick}" if tick < 160 else None}

    endpoint = {"path": "/t", "data_selector": "data[?(@.id > 50)]", "paginator": CURSOR}
    resource = {"name": "t", "primary_key": "id", "endpoint": endpoint}
    with JSONServer(answer) as server:
        outcome = sync({"base_url": server.url, "resources": [resource], "concurrency": 1})
    assert outcome.stream("t")["records"] == 0
    assert "t: the last 50 pages have no records" in caplog.text


def test_endless_ones_end_with_an_error() -> None:
    ticks = count(1)
    part, requests = read(
        lambda _: {"data": [], "next_cursor": f"c{next(ticks)}"}, CURSOR, schema=SCHEMA
    )
    assert "empty pages in a row" in part["error"]
    assert requests < 1100
