"""The last line of a run in the log; `reporting/run_table.py` has the table above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.names import several

if TYPE_CHECKING:
    from tap_analytics.sync.report import RunReport


def run_line(report: RunReport, *, told: bool = False) -> str:
    """The run: how many records, what failed, and the verdict on every other stream.

    Args:
        report: The report of the run.
        told: Whether the log has the run's error already.
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
        parts.append("ended early" if told else f"ended early: {report.error.removesuffix('.')}")
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
