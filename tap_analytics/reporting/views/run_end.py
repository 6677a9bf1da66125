"""What is logged at the end of a run: a table, a row a stream, and one line below it."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from tap_analytics.log_fields import fields
from tap_analytics.records.names import several
from tap_analytics.reporting.views.run_table import COLUMNS, cells, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.reporting.report import RunReport


def on_terminal() -> bool:
    """Whether a person looks on: standard error is a terminal, and it is not full of messages.

    Meltano, and whoever wants the log in a form of its own, sets `SINGER_SDK_LOG_CONFIG`.
    """
    seen = sys.stderr.isatty() and not sys.stdout.isatty()
    usable = os.environ.get("TERM", "dumb") not in {"", "dumb"}
    return seen and usable and "SINGER_SDK_LOG_CONFIG" not in os.environ


def run_line(report: RunReport, *, logged: bool = False) -> str:
    """The run: how many records, what failed, and the verdict on every other stream.

    Args:
        report: The report of the run.
        logged: Whether the log has the run's error already.
    """
    counts = report.counts
    parts = [several(report.records, "record")]
    parts += [
        f"{several(number, noun)} {what}"
        for number, noun, what in (
            (counts.kept, "invalid value", "kept"),
            (counts.nulled, "invalid value", "dropped"),
            (counts.lost.total(), "invalid value", "lost"),
            (counts.converted.total(), "value", "converted"),
            (counts.filled_keys, "key", "filled"),
            (counts.without_key, "record", "without key"),
        )
        if number
    ]
    line = ", ".join(parts)
    parts = [line]
    if report.error:
        parts.append("ended early" if logged else f"ended early: {report.error.removesuffix('.')}")
    parts += [
        f"{label}: {', '.join(names)}"
        for label, names in (
            ("failed", report.failed()),
            ("not proven", report.judged("not proven")),
            ("not verified", report.judged("not verified")),
            ("proven", report.judged("proven")),
        )
        if names
    ]
    return "; ".join(parts)


class RunEnd:
    """Tells how a run ended."""

    def __init__(self, logger: logging.Logger, report: Mapping[str, Any]) -> None:
        """Prepare to tell it.

        Args:
            logger: Where it is logged.
            report: The report of the run, as JSON.
        """
        self._logger = logger
        self._report = report

    def tell(self, line: str, *, logged: bool) -> None:
        """Tell it: the table, drawn where a person looks on, and the line.

        Args:
            line: The run in one line.
            logged: Whether the log has the run's error already: an error is logged as one once.
        """
        parts = self._report["streams"]
        if parts and on_terminal():
            self._draw(parts)
        elif parts:
            self._log(parts)
        level = logging.INFO
        if self._report["status"] == "failed":
            unlogged = self._report["error"] is not None and not logged
            level = logging.ERROR if unlogged else logging.WARNING
        of_run = {name: value for name, value in self._report.items() if name not in _NO_FIELDS}
        self._logger.log(level, "%s", line, extra=fields("run_ended", **of_run))

    def _draw(self, parts: list[dict[str, Any]]) -> None:
        # Loaded where it is seen: nothing else needs rich.
        from tap_analytics.reporting.views.rich_table import console, table  # noqa: PLC0415

        screen = console(stderr=True)
        screen.print(table(screen, COLUMNS, [*map(cells, parts)]))

    def _log(self, parts: list[dict[str, Any]]) -> None:
        header, *lines = plain([*map(cells, parts)])
        self._logger.info("%s", header, extra=fields("table_header"))
        for line, part in zip(lines, parts, strict=True):
            of_stream = {name: value for name, value in part.items() if name != "name"}
            extra = fields("stream_ended", part["name"], **of_stream)
            self._logger.info("%s", line, extra=extra)


_NO_FIELDS = frozenset({"name", "streams"})
"""`name` is what the log calls the logger; the streams have rows of their own."""
