"""A number of what remains tells of more, whatever paginator is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.server import Request, Response
from tests.support.sized_list import ROWS, read

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 10
NAMES = ["remaining", "remainingCount", "records_remaining", "items-remaining", "has_more"]


def bubble(number: int, name: str = "remaining") -> Callable[[Request], Response]:
    """Bubble.io's Data API, whose `count` is the page's own."""

    def respond(request: Request) -> Response:
        start = int(request.query.get("cursor", 0))
        rows = ROWS[:number][start:][:SIZE]
        left = number - start - len(rows)
        told = {"cursor": start, "count": len(rows), name: left}
        return Response({"response": {"results": rows, **told}})

    return respond


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("paginator", ["auto", "single_page"])
def test_what_remains_tells_of_more_and_of_the_end(paginator: str, name: str) -> None:
    endpoint = {"paginator": paginator, "data_selector": "response.results"}
    part = read(bubble(60, name), endpoint)
    assert (part["verdict"], part["records"]) == ("not proven", SIZE)
    assert f"`response.{name}: 50`, so there is more" in " ".join(part["reasons"])
    for number in (0, 7, SIZE):
        part = read(bubble(number, name), endpoint)
        assert (part["verdict"], part["records"]) == ("proven", number), part["reasons"]


def test_the_paginator_that_the_sentence_names_reads_on() -> None:
    paginator = {"type": "offset", "offset_param": "cursor", "limit": SIZE}
    paginator |= {"has_more_path": "response.remaining"}
    endpoint: dict[str, Any] = {"paginator": paginator, "data_selector": "response.results"}
    part = read(bubble(35), endpoint)
    assert (part["verdict"], part["records"]) == ("proven", 35)


@pytest.mark.parametrize("told", [True, False])
def test_the_properties_of_geojson_tell_of_more(told: bool) -> None:  # noqa: FBT001  # of pytest
    """ArcGIS says there that its limit was exceeded; what else is there counts other things."""
    properties = {"exceededTransferLimit": told, "total": 50, "count": 50}
    body = {"type": "FeatureCollection", "properties": properties, "features": ROWS[:7]}
    part = read(lambda _: Response(body), {"data_selector": "features"})
    assert part["verdict"] == ("not proven" if told else "proven")


@pytest.mark.parametrize("beside", ["reset", "resetAt", "rate_limit", "quota", "retry_after"])
def test_requests_that_remain_are_no_records(beside: str) -> None:
    body = {"data": ROWS[:7], "meta": {"remaining": 4999, beside: 1_790_000_000}}
    assert read(lambda _: Response(body), {"paginator": "auto"})["verdict"] == "proven"
