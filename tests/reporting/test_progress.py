"""How far a run is: a line at most every so many seconds, and what it waits for."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tap_analytics.reporting.progress import Progress, duration
from tap_analytics.reporting.views.live import LiveDisplay
from tests.support.harness import StillClock, connected_by_pages, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


class Ticking(StillClock):
    """A clock on which every look at it takes a second."""

    def monotonic(self) -> float:
        """A second more than before."""
        self._passed += 1.0
        return super().monotonic()


class Told:
    """A progress on a clock that a test moves, and what it tells."""

    def __init__(self, caplog: pytest.LogCaptureFixture, seconds: float = 10) -> None:
        """Tell nothing yet."""
        caplog.set_level("INFO", logger="tap-analytics.test")
        self.clock = StillClock()
        self.progress = Progress(self.clock, seconds, logging.getLogger("tap-analytics.test"))
        self._caplog = caplog

    def later(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.clock._passed += seconds

    @property
    def lines(self) -> list[str]:
        """What was told."""
        return self._caplog.messages


def test_a_line_tells_pages_of_the_total_records_speed_and_time_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(caplog)
    told.progress.begin("orders")
    for _ in range(70):
        told.later(46 / 70)
        told.progress.page("orders", 100, total=19_000)
    assert told.lines[-1] == (
        "orders: page 64 of about 190 (34 %), 6,400 records, 152/s, about 83 s left"
    )
    assert len(told.lines) == 4, "one every ten seconds at most"
    fields = vars(caplog.records[-1])
    assert (fields["event_type"], fields["stream"], fields["records"]) == (
        "progress",
        "orders",
        6_400,
    )


def test_without_a_total_a_line_tells_what_was_read(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog)
    told.progress.begin("orders", 2)
    told.later(20)
    told.progress.page("orders", 100)
    assert told.lines == ["orders: pass 2, page 1, 100 records, 5/s"]
    told.progress.begin("orders")
    told.later(20)
    told.progress.page("orders", 100, page_count=4)
    assert told.lines[-1].startswith("orders: page 1 of about 4 (25 %), 100 records, 5/s, about 60")


def test_zero_seconds_tell_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(caplog, seconds=0)
    told.progress.begin("orders")
    told.later(1000)
    told.progress.page("orders", 100)
    told.progress.waits("the rate limit", 60)
    assert told.lines == []


def test_a_long_wait_is_told_once_however_many_threads_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told(caplog)
    for _ in range(4):
        told.progress.waits("the rate limit", 60)
    told.progress.waits("a retry", 2)
    assert told.lines == ["Waiting 60 s for the rate limit."]


@pytest.mark.parametrize(
    ("seconds", "text"), [(80, "80 s"), (720, "12 min"), (12_600, "3.5 h"), (0.2, "0 s")]
)
def test_a_time_is_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_run_tells_its_progress_and_a_further_pass(sandbox: Sandbox) -> None:
    sandbox.order("buyers", "key")
    sandbox.edit("buyers", page=2, delete=[0])
    config = connected_by_pages(sandbox, page_size=50, concurrency=1, progress_seconds=5)
    outcome = sync(config, "buyers", clock=Ticking())
    kinds = [vars(entry)["event_type"] for entry in outcome.entries]
    assert "progress" in kinds
    again = outcome.entries[kinds.index("next_pass")].getMessage()
    assert again.startswith("buyers: pass 2 of at most 3 begins: ")
    assert "the declared total changed while pages were read" in again
    off = sync(config | {"progress_seconds": 0}, "buyers", clock=Ticking())
    assert "progress" not in [vars(entry)["event_type"] for entry in off.entries]


def test_a_quota_that_is_used_up_is_told(sandbox: Sandbox) -> None:
    limited = connected_by_pages(sandbox, page_size=10, requests_per_minute=5)
    outcome = sync(limited, "buyers")
    waits = [entry for entry in outcome.entries if vars(entry)["event_type"] == "waiting"]
    assert waits
    assert "for the rate limit" in waits[0].getMessage()


def test_a_display_shows_bars_and_what_is_waited_for() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=150, color_system=None)
    display = LiveDisplay(console)
    progress = Progress(StillClock(), 10, logging.getLogger("tap-analytics.test"))
    progress.display = display
    progress.begin("[red]orders")
    progress.page("[red]orders", 100, total=400)
    progress.waits("the rate limit", 60)
    progress.stop()
    text = screen.getvalue()
    assert "[red]orders" in text, "names are no mark-up"
    assert "page 1 of about 4 (25 %), 100 records" in text
    assert "waits 60 s for the rate limit" in text


def test_rich_is_not_loaded_where_there_is_no_terminal() -> None:
    program = (
        "import sys; from tap_analytics.tap import TapAnalytics as T;"
        "T(config={'sandbox': True});"
        "sys.exit(any(name.partition('.')[0] == 'rich' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
