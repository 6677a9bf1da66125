"""On a terminal of any width every word can be read, and nothing is cut off."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from tap_analytics.reporting.progress import Progress
from tap_analytics.reporting.views.live import LiveDisplay
from tap_analytics.reporting.views.rich_table import table
from tap_analytics.reporting.views.run_table import COLUMNS
from tests.support.harness import StillClock

ROWS = [
    *[("analytics_marketplace_disbursements", "succeeded", "proven", "12,000", "5", "1")],
    *[("buyers", "interrupted", "not proven", "1,000", "12", "3")],
]
CELLS = [
    (*ROWS[0], "24 kept, 1 nulled", "18.3", "full"),
    (*ROWS[1], "-", "0.4", "since 2026-01-31T00:00:00Z"),
]


def drawn(width: int) -> list[str]:
    screen = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    with screen.capture() as capture:
        screen.print(table(screen, COLUMNS, CELLS))
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, *range(96, 150, 3), 200])
def test_no_word_of_a_table_is_torn_apart(width: int) -> None:
    lines = drawn(width)
    assert max(map(len, lines)) <= width
    words = {word.strip(",:") for line in lines for word in line.split()}
    assert {word for row in CELLS for cell in row for word in cell.split() if word != "-"} <= (
        words | {"kept,"}
    )


@pytest.mark.parametrize("width", [40, 80])
def test_where_a_table_has_no_room_each_row_is_a_paragraph(width: int) -> None:
    text = " ".join(" ".join(drawn(width)).split())
    assert text.startswith(
        "analytics_marketplace_disbursements result: succeeded, verdict: proven, records: 12,000"
    )
    assert "values: 24 kept, 1 nulled, seconds: 18.3, read from: full buyers" in text


def test_where_it_has_room_it_is_a_table() -> None:
    header = next(line for line in drawn(140) if line.strip())
    assert header.split()[:3] == ["stream", "result", "verdict"]


@pytest.mark.parametrize("width", [40, 60, 80, 150])
def test_the_live_display_says_all_of_a_stream(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    progress = Progress(StillClock(), 10, logging.getLogger("tap-analytics.test"))
    progress.display = LiveDisplay(console)
    progress.begin("analytics_marketplace_disbursements")
    progress.page("analytics_marketplace_disbursements", 100, total=400)
    progress.waits("the rate limit", 60)
    progress.stop()
    text = " ".join(screen.getvalue().split())
    assert "analytics_marketplace_disbursements" in text
    assert "page 1 of about 4 (25 %), 100 records" in text
    assert "waits 60 s for the rate limit" in text
