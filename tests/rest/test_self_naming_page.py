"""A next page that is the page itself is the end, and told; an earlier one is an error."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.shapes import asked, ids, read_shape

SIZE = {"params": {"page_size": 10}}
LINK = {"type": "json_link", "next_url_path": "next"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_last_page_that_links_to_itself_is_the_end(*, whole: bool) -> None:
    with Sandbox(rows={"items": 25}) as api:
        address = "/shapes/django_rest?page_size=10&page=3"
        value = f"{api.base_url}{address}" if whole else address
        api.fault("declare", stream="items", page=3, key="next", value=value)
        outcome = read_shape(api, "django_rest", LINK, endpoint=SIZE, data_selector="results")
        report = outcome.stream("items")
        assert report["stop_reason"] == "a next page that is the page itself"
        assert (report["verdict"], len(ids(outcome))) == ("proven", 25)
        assert {query.get("page", "1") for query in asked(api)} == {"1", "2", "3"}


def test_a_last_page_that_repeats_its_own_cursor_is_the_end() -> None:
    with Sandbox(rows={"items": 25}) as api:
        cursor = {"type": "cursor", "cursor_path": "next_cursor"}
        outcome = read_shape(api, "cursor_always", cursor, endpoint={"params": {"limit": 10}})
        report = outcome.stream("items")
        assert report["stop_reason"] == "a next page that is the page itself"
        assert (report["verdict"], len(ids(outcome))) == ("proven", 25)


def test_a_page_that_leads_back_to_an_earlier_one_is_an_error() -> None:
    with Sandbox(rows={"items": 25}) as api:
        back: dict[str, Any] = {"key": "next", "value": "/shapes/django_rest?page_size=10&page=2"}
        api.fault("declare", stream="items", page=3, **back)
        outcome = read_shape(api, "django_rest", LINK, endpoint=SIZE, data_selector="results")
        assert "its end cannot be reached" in outcome.stream("items")["error"]
