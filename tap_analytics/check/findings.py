"""What a check found, as values: for a table and for JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

VERSION = 1
"""The version of the JSON form; docs/commands.md has it."""


class Cost(Struct):
    """What a run costs for one stream, or for all of them."""

    records: int | None = None
    pages: int | None = None
    requests: int | None = None
    seconds: float | None = None
    """Each is None where the API does not say enough to tell it."""

    def add(self, other: Cost) -> None:
        """Take in what another stream costs: what is unknown of one is unknown of all."""
        for name in self.__struct_fields__:
            one, two = getattr(self, name), getattr(other, name)
            setattr(self, name, None if one is None or two is None else one + two)


class StreamFinding(Struct):
    """What was found of one stream."""

    name: str
    result: str = "ok"
    """`ok`, `warning` or `failed`."""

    read_by: str | None = None
    because: str | None = None
    """Why it is read in this way."""

    full: Cost | None = None
    hourly: Cost | None = None
    """A first run, and a run an hour after the last one."""

    seconds_per_request: float | None = None
    notes: list[str] = field(default_factory=list)

    def warn(self, note: str) -> None:
        """Something to look at."""
        self.notes.append(note)
        if self.result == "ok":
            self.result = "warning"

    def fail(self, note: str) -> None:
        """Something that keeps the stream from being read, or from being proven."""
        self.notes.append(note)
        self.result = "failed"

    def fail_unread(self, note: str) -> None:
        """Nothing came of the stream, so nothing shows in which way it will be read."""
        self.read_by = self.because = None
        self.fail(note)


class Findings(Struct):
    """What a check found."""

    version: int = VERSION
    result: str = "ok"
    settings: list[str] = field(default_factory=list)
    """What is wrong with the settings, or changes nothing."""

    streams: list[StreamFinding] = field(default_factory=list)
    full: Cost | None = None
    hourly: Cost | None = None

    def conclude(self, further_requests: int) -> None:
        """Judge the whole and add up what it costs.

        Args:
            further_requests: Those of a run that belong to no stream: for the token.
        """
        results = {stream.result for stream in self.streams}
        if "failed" in results or self.result == "failed":
            self.result = "failed"
        elif "warning" in results or self.settings:
            self.result = "warning"
        for name in ("full", "hourly"):
            whole = Cost(0, 0, further_requests, 0.0)
            for stream in self.streams:
                whole.add(getattr(stream, name) or Cost())
            setattr(self, name, whole)

    def as_dict(self) -> dict[str, Any]:
        """The findings, ready for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
