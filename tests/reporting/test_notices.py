"""An API that announces its end is heard: once in the log, and in the report of each stream."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tap_analytics.reporting.notices import Notices
from tap_analytics.reporting.report import StreamReport
from tests.support.harness import connected_by_pages, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

SUNSET = "Sun, 30 Jun 2030 23:59:59 GMT"


def test_deprecation_and_sunset_are_told_once_a_run_and_stand_in_the_report(
    sandbox: Sandbox,
) -> None:
    headers = {"Deprecation": "@1688169599", "Sunset": SUNSET}
    for stream in ("buyers", "listings"):
        sandbox.fault("headers", stream=stream, times=None, values=headers)
    outcome = sync(connected_by_pages(sandbox), "buyers", "listings", "contracts")
    told = [each for each in outcome.entries if vars(each)["event_type"] == "announcement"]
    assert len(told) == 1
    assert "`Deprecation: 2023-06-30T23:59:59Z`" in told[0].getMessage()
    assert f"`Sunset: {SUNSET}`" in told[0].getMessage()
    for name in ("buyers", "listings"):
        part = outcome.stream(name)
        assert (part["deprecation"], part["sunset"]) == ("2023-06-30T23:59:59Z", SUNSET)
    assert outcome.stream("contracts")["sunset"] is None


@pytest.mark.parametrize("value", ["@", "@99999999999999999", "true", "\x1b[2J" + "x" * 300])
def test_what_is_no_date_is_shown_as_it_is_on_one_line(value: str) -> None:
    report = StreamReport("buyers")
    Notices(logging.getLogger("tap-analytics.test")).observe(
        {"Deprecation": value}, report, frozenset
    )
    assert report.deprecation
    assert report.deprecation.isprintable()
    assert len(report.deprecation) <= 200
