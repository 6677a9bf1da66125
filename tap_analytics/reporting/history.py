"""Reads the reports of earlier runs from files and directories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_analytics.config.loading import read_object
from tap_analytics.exceptions import TapError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Report = Mapping[str, Any]

READABLE = (2,)
"""The versions of the report's format that are understood."""

_TEXTS = ("name", "run_id", "status", "verdict", "started_at")
_NUMBERS = ("seconds", "records", "requests")
_OF_STREAM = ("records", "requests", "passes", "seconds")
_MAY_BE_ABSENT = ("kept", "nulled")
_LARGEST = 2**63


class NoReportError(TapError):
    """There is nothing to show."""


def read_reports(paths: Sequence[str]) -> tuple[list[Report], list[str]]:
    """Read reports.

    Args:
        paths: Files, each a report, and directories: of these every report is taken, and other
            files are left out.

    Returns:
        The reports, the oldest first; and a sentence for each file in a directory that may be one,
        and cannot be read.

    Raises:
        NoReportError: A path holds no report.
        UnreadableError: A file cannot be read.
    """
    found: list[Report] = []
    unread: list[str] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [*_reports_in(path, unread)]
            if not (inside or unread):
                message = f"{path} holds no report: name the directory of `report_path`."
                raise NoReportError(message)
            found += inside
        else:
            report = read_object(str(path), "report")
            if not is_report(report):
                message = f"{path} is no report that this version can read: see `report_path`."
                raise NoReportError(message)
            found.append(report)
    return sorted(found, key=lambda report: str(report["started_at"])), unread


def is_report(value: object) -> bool:
    """Whether a value is a report of a version that is understood."""
    if not isinstance(value, Mapping) or value.get("version") not in READABLE:
        return False
    streams = value.get("streams")
    return (
        all(isinstance(value.get(name), str) for name in _TEXTS)
        and all(_is_number(value.get(name)) for name in _NUMBERS)
        and isinstance(streams, list)
        and all(map(_is_part, streams))
    )


def newest_by_name(reports: Iterable[Report]) -> dict[str, Report]:
    """The last run of each configuration, by its name."""
    return {str(report["name"]): report for report in reports}


def _is_part(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and all(isinstance(value.get(name), str) for name in ("name", "status", "verdict"))
        and all(_is_number(value.get(name)) for name in _OF_STREAM)
        and all(_is_number(value.get(name, 0)) for name in _MAY_BE_ABSENT)
        and isinstance(value.get("reasons", []), list)
        and isinstance(value.get("lost", {}), Mapping)
        and all(map(_is_number, value.get("lost", {}).values()))
    )


def _is_number(value: object) -> bool:
    """Whether a value is a number that can be drawn; no infinity is."""
    return isinstance(value, int | float) and 0 <= value < _LARGEST


def _reports_in(directory: Path, unread: list[str]) -> Iterable[Report]:
    for path in sorted(directory.glob("*.json")):
        try:
            value = read_object(str(path), "report")
        except TapError as error:
            unread.append(str(error))
            continue
        if is_report(value):
            yield value
        elif "run_id" in value and "streams" in value:
            # Another object beside the reports is none.
            unread.append(f"{path} is no report that this version can read: see `report_path`.")
