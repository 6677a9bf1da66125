"""What happened, per stream and for the run, as values."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import msgspec
from msgspec import Struct, field

from tap_analytics.http.redaction import hide
from tap_analytics.records.plain_lines import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_analytics.http.call import RequestStats

VERSION = 2
"""The version of the JSON report's format; docs/report.md and docs/report.schema.json have it."""

Verdict = Literal["proven", "not proven", "not verified"]


class Counts(Struct):
    """What was seen in the records of one pass; the last pass's goes into the report."""

    duplicates: int = 0
    outside_range: int = 0
    without_key: int = 0
    without_replication_value: int = 0
    filled_keys: int = 0
    kept: int = 0
    nulled: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
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
    verdict: Verdict = "not proven"
    error: str | None = None
    records: int = 0
    """Records sent: a further pass sends only what no earlier one sent like this."""
    pages: int = 0
    passes: int = 0
    requests: int = 0
    proof_requests: int = 0
    """Those of them that only prove: a last look at a page, and further passes."""
    bytes: int = 0
    read_by: str | None = None
    """The way of reading that led to the verdict: keyset, windows or pages."""
    fell_back: str | None = None
    """Which way that needs one pass was given up, and why; None where none was."""
    started_from: str | None = None
    """The bookmark that it came with."""
    range_start: str | None = None
    range_end: str | None = None
    """The replication values between which records were asked for; None where there is no limit."""
    stop_reason: str | None = None
    second_pass: str | None = None
    """Why even a table at rest needs two passes; None where one suffices."""
    reasons: list[str] = field(default_factory=list)
    """What was seen in passes that were not proven."""
    counts: Counts = field(default_factory=Counts)
    retries: int = 0
    seconds_waited: float = 0.0
    seconds: float = 0.0
    bookmark: str | None = None
    deprecation: str | None = None
    sunset: str | None = None
    """What the API announces in its headers of that name."""
    judged: bool = False
    """Whether a part has a verdict already; no part of the JSON report."""

    def begin(self, *, started_from: object, range_start: object, range_end: object) -> None:
        """The stream is begun, or its part for one more parent.

        Args:
            started_from: The bookmark; None where there is none.
            range_start: The replication value from which on records are asked for.
            range_end: The replication value before which they are.
        """
        begun = self.status != "not started"
        self.status = "interrupted"
        for name, value in (
            ("started_from", started_from),
            ("range_start", range_start),
            ("range_end", range_end),
        ):
            text = None if value is None else str(value)
            # The parts of a child have bookmarks of their own: only what they share is told.
            setattr(self, name, None if begun and getattr(self, name) != text else text)

    def judge(self, verdict: Verdict) -> None:
        """Take in the verdict on a part: a stream is proven only where each part of it is."""
        if not self.judged or self.verdict == "proven":
            self.judged, self.verdict = True, verdict

    def note(self, reasons: Iterable[str]) -> None:
        """Take in why a part is not proven; what holds for several parts is told once."""
        self.reasons += [each for each in dict.fromkeys(reasons) if each not in self.reasons]

    def doubt(self, reason: str) -> None:
        """Judge that something is missing, for a reason that no reading of its own has shown."""
        self.judge("not proven")
        self.note([reason])

    def succeed(self) -> None:
        """The stream was read to its end, or its part for one parent."""
        self.status = "succeeded"

    def fail(self, error: str) -> None:
        """The stream failed, or its part for one parent: what other parts have shown is not all.

        Args:
            error: What is told of it.
        """
        self.status, self.error = "failed", error
        if self.verdict == "proven":
            self.judge("not proven")

    def close(self) -> None:
        """The run is over: a stream that was not read to its end is not proven."""
        if self.status != "succeeded" and self.verdict == "proven":
            self.verdict = "not proven"

    @property
    def records_per_second(self) -> float:
        """Records sent a second, 0 where no time passed."""
        return self.records / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The stream's part of the JSON report."""
        plain = msgspec.to_builtins(self)
        plain |= plain.pop("counts")
        del plain["judged"]
        rounded = {
            "seconds": round(self.seconds, 3),
            "seconds_waited": round(self.seconds_waited, 3),
            "records_per_second": round(self.records_per_second, 1),
        }
        return {**plain, **rounded}


class RunReport:
    """The report of one run."""

    def __init__(self, tap_version: str, *, name: str = "tap-analytics", verify: str = "warn"):
        """Begin a run, now.

        Args:
            tap_version: The version of the tap.
            name: What this configuration of the tap is called.
            verify: The setting; with `none` nothing is verified.
        """
        self._tap_version = tap_version
        self._name = name
        self._unverified: Verdict = "not verified" if verify == "none" else "not proven"
        self._began = time.monotonic()
        self._began_at = time.time()
        self._ended_at: float | None = None
        self._seconds = 0.0
        self._streams: dict[str, StreamReport] = {}
        self.run_id = f"{_time_text(self._began_at, compact=True)}-{uuid4().hex[:8]}"
        self.error: str | None = None
        self.stats: RequestStats | None = None
        """The requests of the whole run, those for tokens among them; None before the first."""

        self.credentials: Callable[[], frozenset[str]] = frozenset
        """Takes the credentials out of a text; before the first request there is none to take."""

    def stream(self, name: str) -> StreamReport:
        """The part of a stream, made where there is none yet."""
        return self._streams.setdefault(name, StreamReport(name, verdict=self._unverified))

    def begun(self, name: str) -> bool:
        """Whether a stream has a part."""
        return name in self._streams

    @property
    def streams(self) -> Iterable[StreamReport]:
        """The parts of all streams, in the order of their start."""
        return self._streams.values()

    @property
    def records(self) -> int:
        """The records sent, of all streams."""
        return sum(stream.records for stream in self.streams)

    @property
    def counts(self) -> Counts:
        """What was seen in the records of all streams."""
        counts = Counts()
        for stream in self.streams:
            counts.add(stream.counts)
        return counts

    def end(self) -> None:
        """The run is over, now."""
        self._ended_at = time.time()
        self._seconds = time.monotonic() - self._began
        for stream in self.streams:
            stream.close()

    def failed(self) -> list[str]:
        """The names of the streams that failed."""
        return [stream.name for stream in self.streams if stream.status == "failed"]

    def judged(self, verdict: Verdict) -> list[str]:
        """The names of the streams that did not fail and have this verdict."""
        return [
            stream.name
            for stream in self.streams
            if stream.verdict == verdict and stream.status != "failed"
        ]

    @property
    def status(self) -> str:
        """`running`, `succeeded` or `failed`."""
        if self._ended_at is None:
            return "running"
        return "failed" if self.error or self.failed() else "succeeded"

    @property
    def verdict(self) -> Verdict:
        """`proven` only where the run came to its end and every stream that was read is."""
        verdicts = {stream.verdict for stream in self.streams}
        if self.status == "succeeded" and verdicts == {"proven"}:
            return "proven"
        return "not proven" if "not proven" in verdicts else self._unverified

    def as_dict(self) -> dict[str, Any]:
        """The whole report, ready for JSON."""
        report = {
            "version": VERSION,
            "tap": f"tap-analytics {self._tap_version}",
            "name": self._name,
            "run_id": self.run_id,
            "status": self.status,
            "verdict": self.verdict,
            "error": self.error,
            "started_at": _time_text(self._began_at),
            "ended_at": None if self._ended_at is None else _time_text(self._ended_at),
            "seconds": round(self._seconds, 3),
            "records": self.records,
            "requests": self.stats.requests if self.stats else 0,
            "bytes": self.stats.bytes if self.stats else 0,
            "streams": [stream.as_dict() for stream in self.streams],
        }
        secrets = self.credentials()
        return {
            name: plain(value, lambda text: hide(text, secrets)) for name, value in report.items()
        }


def _time_text(seconds: float, *, compact: bool = False) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y%m%dT%H%M%SZ" if compact else "%Y-%m-%dT%H:%M:%S.%fZ")
