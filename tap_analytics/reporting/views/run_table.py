"""The table at the end of a run: a row a stream, from the streams' parts of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = (
    "stream",
    "result",
    "verdict",
    "records",
    "requests",
    "passes",
    "values",
    "seconds",
    "read from",
)
NUMBERS = frozenset({"records", "requests", "passes", "seconds"})
"""The columns that are aligned at the right."""

NOTHING = "-"
_SECONDS = len("2026-01-31T00:00:00")


def cells(part: Mapping[str, Any]) -> tuple[str, ...]:
    """The row of one stream.

    Args:
        part: The stream's part of a report.
    """
    return (
        shown(str(part["name"])),
        shown(part["status"]),
        shown(part["verdict"]),
        f"{part['records']:,}",
        f"{part['requests']:,}",
        f"{part['passes']:,}",
        values(part),
        f"{part['seconds']:.1f}",
        read_from(part),
    )


def values(part: Mapping[str, Any]) -> str:
    """What became of values that their fields cannot hold, such as `12 kept, 1 nulled`."""
    counts = (
        ("kept", part.get("kept", 0)),
        ("nulled", part.get("nulled", 0)),
        ("lost", sum(part.get("lost", {}).values())),
    )
    return ", ".join(f"{count:,} {fate}" for fate, count in counts if count) or NOTHING


def read_from(part: Mapping[str, Any]) -> str:
    """The range that was read: `full`, `since …` or `… to …`."""
    start, end = part.get("range_start"), part.get("range_end")
    if end:
        return f"{_short(start) if start else 'the beginning'} to {_short(end)}"
    return f"since {_short(start)}" if start else "full"


def plain(rows: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> list[str]:
    """Lines of a table, the columns' names in the first one, aligned by spaces.

    Args:
        rows: The cells.
        columns: The names of the columns.
    """
    lines = [list(columns), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    return [
        "  ".join(
            cell.rjust(width) if name in NUMBERS else cell.ljust(width)
            for cell, width, name in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    ]


def _short(moment: object) -> str:
    """A date-time without its fraction of a second; another replication value as it is."""
    text = shown(str(moment))
    return f"{text[:_SECONDS]}Z" if text.endswith("Z") and "T" in text else text
