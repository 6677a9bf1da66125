"""What happened, per stream and for the run: for people in the log, for machines as JSON."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = 1
"""The version of the JSON report's format; docs/report.md describes it."""


class Counts(Struct):
    """What was seen in the records of one pass; the last pass's goes into the report."""

    duplicates: int = 0
    older_than_bookmark: int = 0
    without_key: int = 0
    without_replication_value: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    converted: Counter[str] = field(default_factory=Counter)
    removed_characters: Counter[str] = field(default_factory=Counter)
    unknown_fields: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Take in the counts of another part of the same stream."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class StreamReport(Struct):
    """One stream's part of the report."""

    name: str
    status: str = "not started"
    rows: int = 0
    """Rows sent: a further pass sends only what no earlier one sent like this."""
    pages: int = 0
    passes: int = 0
    stop_reason: str | None = None
    read_by: str | None = None
    """The way of reading that led to the verdict: keyset, windows or pages."""

    verdict: str = "not judged"
    reasons: list[str] = field(default_factory=list)
    """Why a pass was read again, or why even the last one was not proven."""
    counts: Counts = field(default_factory=Counts)
    retries: int = 0
    seconds_waited: float = 0.0
    seconds: float = 0.0
    bookmark: str | None = None
    error: str | None = None

    def judge(self, verdict: str) -> None:
        """Take in the verdict on a part: a stream is proven only where each part of it is."""
        if self.verdict != "not proven":
            self.verdict = verdict

    @property
    def rows_per_second(self) -> float:
        """Rows sent a second, 0 where no time passed."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The stream's part of the JSON report."""
        plain = msgspec.to_builtins(self)
        plain |= plain.pop("counts")
        rounded = {
            "seconds": round(self.seconds, 3),
            "seconds_waited": round(self.seconds_waited, 3),
            "rows_per_second": round(self.rows_per_second, 1),
        }
        return {**plain, **rounded}

    def line(self) -> str:
        """The stream in one line for the log."""
        counts = self.counts
        parts = [
            f"{self.name}: {self.status}",
            ", ".join(
                _several(number, noun)
                for number, noun in (
                    (self.rows, "row"),
                    (self.pages, "page"),
                    (self.passes, "pass"),
                )
            ),
        ]
        if self.stop_reason:
            parts.append(f"ended by {self.stop_reason}")
        parts.append(self.error or f"{self.verdict}{_read_again(self.reasons)}")
        parts += [
            f"{label} {number}"
            for label, number in (
                ("duplicates", counts.duplicates),
                ("older than the bookmark", counts.older_than_bookmark),
                ("without key, not sent", counts.without_key),
                ("without replication value", counts.without_replication_value),
            )
            if number
        ]
        parts += [
            f"{label} {_named(by_field)}"
            for label, by_field in (
                ("nulls", counts.nulls),
                ("written as text", counts.converted),
                ("characters removed", counts.removed_characters),
                ("unknown fields", counts.unknown_fields),
            )
            if by_field
        ]
        if self.retries:
            retries = _several(self.retries, "retry")
            parts.append(f"{retries}, {self.seconds_waited:.1f} s to wait")
        parts.append(f"{self.seconds:.2f} s, {self.rows_per_second:,.0f} rows/s")
        return "; ".join(parts)


class RunReport:
    """The report of one run."""

    def __init__(self, tap_version: str) -> None:
        """Begin a run, now."""
        self._tap_version = tap_version
        self._began = time.monotonic()
        self._began_at = time.time()
        self._streams: dict[str, StreamReport] = {}
        self.error: str | None = None

    def stream(self, name: str) -> StreamReport:
        """The part of a stream, made where there is none yet."""
        return self._streams.setdefault(name, StreamReport(name))

    @property
    def streams(self) -> Iterable[StreamReport]:
        """The parts of all streams, in the order of their start."""
        return self._streams.values()

    def failed(self) -> list[str]:
        """The names of the streams that failed."""
        return [stream.name for stream in self.streams if stream.status == "failed"]

    def fine(self) -> list[str]:
        """The names of the streams that succeeded."""
        return [stream.name for stream in self.streams if stream.status == "succeeded"]

    def line(self) -> str:
        """The run in one line: what failed and what is fine."""
        rows = sum(stream.rows for stream in self.streams)
        seconds = time.monotonic() - self._began
        parts = [f"{rows} rows in {seconds:.2f} s"]
        if self.error:
            parts.append(f"ended early: {self.error.removesuffix('.')}")
        if self.failed():
            parts.append(f"failed: {', '.join(self.failed())}")
        parts.append(f"fine: {', '.join(self.fine()) or 'none'}")
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """The whole report, ready for JSON."""
        streams = [stream.as_dict() for stream in self.streams]
        ended = not (self.error or self.failed())
        return {
            "version": VERSION,
            "tap": f"tap-analytics {self._tap_version}",
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._began_at)),
            "seconds": round(time.monotonic() - self._began, 3),
            "status": "succeeded" if ended else "failed",
            "error": self.error,
            "rows": sum(stream["rows"] for stream in streams),
            "streams": streams,
        }

    def write(self, path: str) -> None:
        """Write the report as JSON.

        Raises:
            OSError: The file cannot be written.
        """
        text = msgspec.json.format(msgspec.json.encode(self.as_dict()), indent=2)
        Path(path).write_bytes(text + b"\n")


def _several(number: int, noun: str) -> str:
    plural = {"pass": "passes", "retry": "retries"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"


def _read_again(reasons: Iterable[str]) -> str:
    text = "; ".join(reasons)
    return f" (read again: {text})" if text else ""


def _named(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
