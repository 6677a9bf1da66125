"""A table that somebody works with, read over HTTP again and again, and held against the server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode
from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.registry import packaged_schema
from tests.support.harness import InstantClock, connected, sync
from tests.support.streams import API_OF, KEY_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.harness import Outcome

ROWS = 300
HOUR = 3600.0
SECONDS_PER_PAGE = 0.25
"""What a request takes by the server's clock."""


@dataclass
class Run:
    """One run of the tap on the live table."""

    outcome: Outcome
    report: dict[str, Any]
    requests: list[dict[str, str]]
    """The query of each request for a page."""

    began: datetime
    """By the server's clock."""

    bookmark: str | None

    def said(self, sentence: str) -> bool:
        """Whether a line of the log holds this."""
        return any(sentence in line for line in self.outcome.log)


@dataclass
class LiveTable:
    """Runs the tap every hour on one stream of a sandbox, and merges what comes as targets do."""

    api: Sandbox
    stream: str = "buyers"
    settings: dict[str, Any] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: dict[str, Any] | None = None

    def edit(self, per_page: float, **settings: Any) -> None:  # noqa: ANN401  # what live edits take
        """Edit the stream from now on while it is read."""
        self.api.live_edits(
            self.stream, per_page, **{"seed": 7, "seconds": SECONDS_PER_PAGE} | settings
        )

    def run(self) -> Run:
        """Run the tap once, an hour after the last time."""
        self.api.advance(HOUR)
        clock = InstantClock()
        clock._passed = (1 + len(self.runs)) * HOUR
        defaults = {"page_size": 10, "concurrency": 1}
        config = connected(self.api, API_OF[self.stream], **defaults | self.settings)
        asked, began = len(self.api.requests), self.api.now()
        outcome = sync(config, self.stream, state=self.state, clock=clock)
        self.state = outcome.state or self.state
        self.held |= {row[KEY_OF[self.stream]]: row for row in outcome.records(self.stream)}
        bookmarks = (self.state or {}).get("bookmarks", {})
        run = Run(
            outcome,
            outcome.stream(self.stream),
            [entry.query for entry in self.api.requests[asked:] if entry.stream == self.stream],
            began,
            bookmarks.get(self.stream, {}).get("replication_key_value"),
        )
        self.runs.append(run)
        return run

    def run_quietly(self) -> list[Run]:
        """Nobody works any more: what runs had left to the next one comes now."""
        self.api.live_edits(self.stream, 0)
        return [self.run(), self.run()]

    def lost(self) -> set[str]:
        """The keys of rows that the server holds, and a target does not, or not like this."""
        rows = self.api.rows(self.stream)
        conformer = Conformer(packaged_schema(self.stream))
        for row in rows:
            conformer.conform(row)
        there = {
            row[KEY_OF[self.stream]]: json.loads(encode(row), parse_float=Decimal) for row in rows
        }
        return {key for key, row in there.items() if self.held.get(key) != row}

    def check_bookmarks(self, field_name: str = "last_modified_at") -> None:
        """Hold every bookmark against what it may be.

        It is the time of a record that was sent, never falls, and is never so late that a record
        with an earlier time could still have come.
        """
        sent: set[datetime] = set()
        previous = ""
        for run in self.runs:
            records = run.outcome.records(self.stream)
            sent |= {moment(row[field_name]) for row in records if row[field_name]}
            if run.bookmark is not None:
                assert moment(run.bookmark) in sent
                assert run.bookmark >= previous
                assert moment(run.bookmark) <= run.began
                previous = run.bookmark


def moment(text: str) -> datetime:
    """A date-time as one value, however it is written."""
    return datetime.fromisoformat(text)


@contextmanager
def live_table(
    stream: str = "buyers",
    rows: int = ROWS,
    order: str = "key",
    delay: float = 0,
    **settings: Any,  # noqa: ANN401  # any setting
) -> Iterator[LiveTable]:
    """A stream of a server of its own, whose rows are plain and old."""
    tables: dict[str, Any] = {"rows": {stream: rows}, "orders": {stream: order}}
    with Sandbox(**tables, seed=3, edge_cases=False, delay=delay) as api:
        yield LiveTable(api, stream, settings)
