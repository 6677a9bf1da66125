"""The report in the log: one line a stream, and a last one for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections import Counter

    from tap_analytics.sync.report import RunReport, StreamReport


MOST_LISTED = 20
"""So many fields are named; the report has more of them."""


def stream_line(stream: StreamReport) -> str:
    """One stream: its verdict first, then what was seen and what it cost."""
    counts = stream.counts
    reasons = "; ".join(stream.reasons)
    parts = [
        f"{stream.name}: {stream.status}, {stream.verdict}",
        ", ".join(
            several(number, noun)
            for number, noun in (
                (stream.records, "record"),
                (stream.pages, "page"),
                (stream.passes, "pass"),
            )
        ),
    ]
    if stream.stop_reason:
        parts.append(f"ended by {stream.stop_reason}")
    if stream.error:
        parts.append(stream.error)
    elif reasons:
        parts.append(f"read again: {reasons}")
    if stream.second_pass and not stream.error:
        parts.append(f"always read twice: {stream.second_pass}")
    parts += [
        f"{label} {number:,}"
        for label, number in (
            ("duplicates", counts.duplicates),
            ("outside the range, not sent", counts.outside_range),
            ("without key, not sent", counts.without_key),
            ("without replication value", counts.without_replication_value),
        )
        if number
    ]
    parts += [
        f"{label} {_by_field(by_field)}"
        for label, by_field in (
            ("nulls", counts.nulls),
            ("written as text", counts.converted),
            ("characters removed", counts.removed_characters),
            ("unknown fields", counts.unknown_fields),
        )
        if by_field
    ]
    if stream.retries:
        parts.append(f"{several(stream.retries, 'retry')}, {stream.seconds_waited:.1f} s to wait")
    parts.append(f"{several(stream.requests, 'request')}, {stream.bytes:,} bytes")
    parts.append(f"{stream.seconds:.2f} s, {stream.records_per_second:,.0f} records/s")
    return "; ".join(parts)


def run_line(report: RunReport) -> str:
    """The run: how many records, what failed, and the verdict on every other stream."""
    parts = [several(report.records, "record")]
    parts += [
        several(number, noun)
        for number, noun in (
            (sum(stream.counts.nulls.total() for stream in report.streams), "invalid value"),
            (sum(stream.counts.converted.total() for stream in report.streams), "converted value"),
        )
        if number
    ]
    line = ", ".join(parts)
    parts = [line]
    if report.error:
        parts.append(f"ended early: {report.error.removesuffix('.')}")
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


def several(number: int, noun: str) -> str:
    """A number and its noun, such as `1,000 records`."""
    plural = {"pass": "passes", "retry": "retries"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"


def _by_field(counts: Counter[str]) -> str:
    found = [f"{shown(name)} {count:,}" for name, count in sorted(counts.items())]
    more = [f"{several(len(found) - MOST_LISTED, 'more field')}"] if found[MOST_LISTED:] else []
    return ", ".join(found[:MOST_LISTED] + more)
