"""A live display of the progress on a terminal, drawn by rich at the bottom of standard error."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from tap_analytics.records.names import several, shown
from tap_analytics.reporting.progress import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from tap_analytics.reporting.progress import StreamProgress


_WIDE = 110
"""The columns of a terminal from which on a bar fits beside the words."""

_STATE = "{task.fields[state]}"

_COLUMNS = (
    TextColumn("{task.fields[stream]}", markup=False),
    BarColumn(bar_width=24),
    TextColumn(_STATE, markup=False, table_column=Column(no_wrap=False)),
    TextColumn("{task.fields[waits]}", markup=False, style="yellow"),
)
_NARROW_COLUMNS = (
    TextColumn(
        f"{{task.fields[stream]}}: {_STATE} {{task.fields[waits]}}",
        markup=False,
        table_column=Column(no_wrap=False, overflow="fold"),
    ),
)


class LiveDisplay:
    """A line per stream: its bar, pages of the total, records, records per second, time left.

    It disappears at the end of the run, whose table tells the same of whole streams.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Begin to draw.

        Args:
            console: Where to; by default standard error. Standard output is the target's.
        """
        console = console or Console(stderr=True)
        self._progress = Progress(
            *(_COLUMNS if console.width >= _WIDE else _NARROW_COLUMNS),
            console=console,
            redirect_stdout=False,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._waits_until = 0.0
        self._handlers: list[logging.StreamHandler[TextIO]] = []
        before = sys.stderr
        self._progress.start()
        # The log goes above the bars: else each would write over the other.
        for handler in _handlers_of(before):
            handler.setStream(sys.stderr)
            handler.addFilter(_no_metrics)
            self._handlers.append(handler)
        self._stderr = before

    def show(self, progress: StreamProgress, now: float) -> None:
        """Show how far a stream is."""
        task = self._tasks.get(progress.name)
        if task is None:
            for other in self._progress.tasks:
                # Streams are read one after the other; a parent that goes on is shown again.
                if other.finished:
                    self._progress.update(other.id, state=other.fields["read"], waits="")
            task = self._tasks[progress.name] = self._progress.add_task(
                "", total=None, stream=shown(progress.name), state="", waits="", read=""
            )
        part = progress.part()
        state = progress.line(now).removeprefix(f"{progress.name}: ")
        waits = self._progress.tasks[self._progress.task_ids.index(task)].fields["waits"]
        self._progress.update(
            task,
            total=None if part is None else 1.0,
            completed=part or 0.0,
            state=state,
            read=f"{several(progress.pages, 'page')} read",
            waits=waits if time.monotonic() < self._waits_until else "",
        )

    def waits(self, reason: str, seconds: float) -> None:
        """Show at the newest stream what the run waits for."""
        self._waits_until = time.monotonic() + seconds
        if self._progress.task_ids:
            text = f"waits {duration(seconds)} for {reason}"
            self._progress.update(self._progress.task_ids[-1], waits=text)

    def stop(self) -> None:
        """Take the bars away, and give the log its terminal back."""
        self._progress.stop()
        for handler in self._handlers:
            handler.removeFilter(_no_metrics)
            handler.setStream(self._stderr)
        self._handlers.clear()


def _handlers_of(stream: object) -> Iterator[logging.StreamHandler[TextIO]]:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
            yield handler


def _no_metrics(record: logging.LogRecord) -> bool:
    """Whether a record is for people: the bars tell what METRIC lines tell."""
    return record.name != "singer_sdk.metrics"
