"""A server that gives the same records for ever, in other contents each time, is found out."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "at": {"type": ["string", "null"]}},
}
MOST = 60


def read(paginator: object, kind: str, **settings: object) -> tuple[dict[str, Any], int]:
    """The stream's part of the report, and how many requests it took."""
    ticks, chance = count(), Random(7)  # noqa: S311  # no secret

    def answer(query: dict[str, str]) -> object:
        rows: list[dict[str, object]] = [{"id": number} for number in range(10)]
        if kind == "last page again":
            page = min(int(query.get("page", 1)), 3)
            rows = [{"id": 10 * page + number} for number in range(10)]
        if kind == "shuffled":
            chance.shuffle(rows)
        else:
            rows = [{**row, "at": str(next(ticks))} for row in rows]
        return {"data": rows, "next": str(next(ticks))}

    endpoint = {"path": "/t", "data_selector": "data", "paginator": paginator}
    entry = {"name": "t", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with JSONServer() as server:
        server.answer = answer
        config = {"base_url": server.url, "resources": [entry], "concurrency": 1, **settings}
        return sync(config).stream("t"), len(server.asked)


@pytest.mark.parametrize("verify", ["warn", "none"])
@pytest.mark.parametrize(
    ("paginator", "kind"),
    [
        ({"type": "page_number", "base_page": 1}, "stamped"),
        ({"type": "page_number", "base_page": 1}, "shuffled"),
        ({"type": "page_number", "base_page": 1}, "last page again"),
        ({"type": "offset", "limit": 10}, "stamped"),
        ({"type": "cursor", "cursor_path": "next"}, "stamped"),
    ],
)
def test_pages_that_bring_the_same_keys_again_and_again_end_the_stream(
    paginator: object, kind: str, verify: str
) -> None:
    part, requests = read(paginator, kind, verify=verify)
    assert "the server does not heed the page it is asked for" in part["error"]
    assert requests < MOST


@pytest.mark.parametrize("declared", [0, 1])
def test_a_number_of_pages_below_that_of_a_page_with_records_says_nothing(declared: int) -> None:
    rows = [{"id": number} for number in range(25)]
    paginator = {"type": "page_number", "base_page": 1, "total_path": "pages"}
    endpoint = {"path": "/t", "data_selector": "data", "paginator": paginator}
    entry = {"name": "t", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with JSONServer() as server:

        def answer(query: dict[str, str]) -> object:
            page = int(query["page"])
            # The first says 3, and the others what they have themselves.
            pages = 3 if declared and page == 1 else declared
            return {"data": rows[10 * page - 10 : 10 * page], "pages": pages}

        server.answer = answer
        outcome = sync({"base_url": server.url, "resources": [entry], "concurrency": 1})
    assert len({record["id"] for record in outcome.records("t")}) == len(rows)
