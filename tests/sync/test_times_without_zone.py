"""Date-times that name no zone are taken for UTC, but not trusted to be old.

A server whose clock is eight hours behind UTC writes a change of this moment as one of eight hours
ago. Everything that rests on a record's age has to allow for that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import by_token, sync
from tests.support.shapes import items_in_pages

BEHIND = timedelta(hours=8)
FORMATS = ["text", "iso"]


def config(api: Sandbox, read_by: str, **incremental: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of it
    pages = {"limit": 100, "total_path": None, "records_total_path": "count"}
    entry = items_in_pages(pages, order_param="ordering", **incremental)
    entry["key_order_param"] = "ordering"
    return by_token(api, resources=[entry], read_by=read_by, concurrency=1)


def now_there() -> datetime:
    """What the server's clock shows."""
    return datetime.now(UTC) - BEHIND


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("given", [{}, {"start_format": "%Y-%m-%d %H:%M:%S"}])
def test_a_new_record_does_not_stand_in_for_one_that_was_lost(
    form: str, given: dict[str, str]
) -> None:
    with Sandbox(rows={"items": 400}, time_formats={"items": form}, edge_cases=False) as api:
        before = {str(row["id"]) for row in api.rows("items")}
        at = now_there().strftime("%Y-%m-%dT%H:%M:%SZ")
        api.edit("items", page=1, after=True, delete=[0], insert=[None], at=at)
        outcome = sync(config(api, "pages", **given), "items")
        there = before & {str(row["id"]) for row in api.rows("items")}
        assert len(there) == 399
        lost = there - {row["id"] for row in outcome.records("items")}
        part = outcome.stream("items")
        # With a zone the record says that it is old: then the server lies, and nobody can know.
        names_zone = form == "iso"
        assert part["verdict"] == "proven"
        assert (part["passes"], len(lost)) == ((1, 1) if names_zone else (2, 0))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("read_by", ["keyset", "windows", "pages"])
def test_the_bookmark_keeps_its_margin(read_by: str, form: str) -> None:
    with Sandbox(rows={"items": 400}, time_formats={"items": form}, edge_cases=False) as api:
        at = now_there().strftime("%Y-%m-%dT%H:%M:%SZ")
        (changed,) = api.touch("items", 7, at=at)
        first = sync(config(api, read_by), "items")
        second = sync(config(api, read_by), "items", state=first.state)
        for outcome in (first, second):
            part = outcome.stream("items")
            assert (part["read_by"], part["verdict"]) == (read_by, "proven")
        bookmark = str(first.stream("items")["bookmark"])
        names_zone = form == "iso"
        assert (bookmark[:19] == at[:19]) == names_zone
        assert changed in {row["id"] for row in second.records("items")}
        assert len(second.records("items")) < 10, "the margin is seconds, not hours"
