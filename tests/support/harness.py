"""Runs the tap in this process, with waits that pass at once, and keeps what it said."""

from __future__ import annotations

import io
import json
import logging
import threading
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tap_analytics.clock import Clock
from tap_analytics.config.settings_schema import APIS
from tap_analytics.exceptions import RunFailedError
from tap_analytics.http import redaction
from tap_analytics.tap import TapAnalytics
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from tap_analytics.client import AnalyticsStream
    from tap_analytics.sandbox import Sandbox


REPORT_SCHEMA: dict[str, Any] = json.loads((DOCS / "report.schema.json").read_text("utf-8"))
REPORT_VALIDATOR = Draft202012Validator(REPORT_SCHEMA)
"""Every report of a run in this suite is held against the schema in the docs."""

WORKS = {"base_url": "https://api.example.com", "access_token": "hush-1"}
"""The least that a configuration must have."""


class InstantClock(Clock):
    """A clock on which every wait is over at once, and time has passed all the same."""

    def __init__(self) -> None:
        """Start with no wait."""
        self.waits: list[float] = []
        self._passed = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """The machine's clock, plus the seconds waited."""
        return super().monotonic() + self._passed

    def utc(self) -> datetime:
        """The machine's clock, plus the seconds waited."""
        return super().utc() + timedelta(seconds=self._passed)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Remember the wait, and let its time pass."""
        if stop.is_set():
            return
        with self._lock:
            self.waits.append(seconds)
            self._passed += seconds


@dataclass
class Outcome:
    """What one run of the tap wrote, logged and reported."""

    messages: list[dict[str, Any]]
    raw: bytes
    report: dict[str, Any]
    log: list[str]
    error: BaseException | None
    waits: list[float] = field(default_factory=list)
    entries: list[logging.LogRecord] = field(default_factory=list)
    """The lines of `log` with their levels and fields."""

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream, in the order in which they went out; decimals exact."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one type."""
        return [message for message in self.messages if message["type"] == kind]

    @property
    def state(self) -> dict[str, Any]:
        """The last state that went out; empty where none did."""
        states = self.of("STATE")
        return dict(states[-1]["value"]) if states else {}

    def stream(self, name: str) -> dict[str, Any]:
        """A stream's part of the report."""
        part: dict[str, Any] = next(s for s in self.report["streams"] if s["name"] == name)
        return part


def connected(sandbox: Sandbox, api: str = "marketplace", **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    """The settings that connect to a sandbox by client credentials."""
    return {
        "base_url": sandbox.base_url,
        "api": api,
        "token_url": sandbox.token_url(api),
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        **settings,
    }


def by_token(sandbox: Sandbox, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 -- any setting
    """The settings that connect to a sandbox by a bearer token."""
    return {"base_url": sandbox.base_url, "access_token": sandbox.mint_token(), **settings}


def connected_by_pages(
    sandbox: Sandbox,
    api: str = "marketplace",
    **settings: Any,  # noqa: ANN401 -- any setting
) -> dict[str, Any]:
    """The same, for a test that rests on the numbers of pages or on the order of records."""
    return connected(sandbox, api, **{"read_by": "pages", **settings})


@cache
def _built_in_catalog(api: str | None) -> str:
    return json.dumps(TapAnalytics(config={**WORKS, "api": api}).catalog_dict)


def _catalog(config: dict[str, Any]) -> dict[str, Any]:
    """The catalog of a tap; that of the built-in streams follows from the API alone."""
    if {"resources", "client"}.isdisjoint(config) and config.get("api") in {None, *APIS}:
        catalog: dict[str, Any] = json.loads(_built_in_catalog(config.get("api")))
        return catalog
    return TapAnalytics(config=dict(config)).catalog_dict


def only(*streams: str, config: dict[str, Any]) -> dict[str, Any]:
    """A catalog in which just these streams are selected."""
    catalog = _catalog(config)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] in ([], ()):
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog


def spelled(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return a value with its numbers as text: 12.00 equals 12.0, but has other digits."""
    if isinstance(value, dict):
        return {name: spelled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return f"number {value}" if is_number else value


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.entries: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.entries.append(record)
        self.lines.append(record.getMessage())


def sync(
    config: dict[str, Any],
    *streams: str,
    state: dict[str, Any] | None = None,
    clock: InstantClock | None = None,
    tap_class: type[TapAnalytics] = TapAnalytics,
    catalog: dict[str, Any] | None = None,
) -> Outcome:
    """Run the tap once.

    Args:
        config: Its settings.
        streams: The streams to select; all where none is named.
        state: The state to start from.
        clock: What to wait with; by default one on which waits pass at once.
        tap_class: The tap to run.
        catalog: The catalog, where not just streams are selected.

    Returns:
        What it wrote, logged and reported; `error` holds what ended it, if anything did.
    """
    clock = clock or InstantClock()
    # The runs before are over, though nobody has collected them: their secrets need no search.
    redaction._owners.clear()
    handler = _Lines()
    logger = logging.getLogger("tap-analytics")
    logger.addHandler(handler)
    # A test may want more of it.
    logger.setLevel(min(logger.level or logging.INFO, logging.INFO))
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    error: BaseException | None = None
    if streams:
        catalog = only(*streams, config=config)
    try:
        tap = tap_class(config=dict(config), state=state, catalog=catalog)
        tap.use_clock(clock)
        with redirect_stdout(output):
            tap.sync_all()
    except RunFailedError as failed:
        error = failed
    finally:
        logger.removeHandler(handler)
    output.flush()
    raw = output.buffer.getvalue()
    REPORT_VALIDATOR.validate(tap.run.report.as_dict())
    return Outcome(
        messages=[json.loads(line, parse_float=Decimal) for line in raw.splitlines()],
        raw=raw,
        report=tap.run.report.as_dict(),
        log=handler.lines,
        error=error,
        waits=clock.waits,
        entries=handler.entries,
    )


def sync_resources(
    sandbox: Sandbox,
    *entries: dict[str, Any],
    select: tuple[str, ...] = (),
    state: dict[str, Any] | None = None,
    **settings: Any,  # noqa: ANN401 -- any setting
) -> Outcome:
    """Read declared resources once, and nothing else; all of them unless `select` names some."""
    config = by_token(sandbox, resources=list(entries), **settings)
    return sync(config, *(select or [str(entry["name"]) for entry in entries]), state=state)


class StillClock(InstantClock):
    """An instant clock on which no time passes but that of waits: what is waited is exact."""

    def __init__(self) -> None:
        """Stand still at the machine's time."""
        super().__init__()
        # Whole, so that no sum of it is rounded.
        self._began, self._began_at = 1000.0, Clock.utc(self)

    def monotonic(self) -> float:
        """The seconds waited, from an arbitrary start."""
        return self._began + self._passed

    def utc(self) -> datetime:
        """The time of the start, plus the seconds waited."""
        return self._began_at + timedelta(seconds=self._passed)


class PairTap(TapAnalytics):
    """The tap with one stream of each API, `contacts` and `buyers`: quick to build and run."""

    def discover_streams(self) -> list[AnalyticsStream]:
        """Those two, as far as the settings want them."""
        return [
            stream for stream in super().discover_streams() if stream.name in {"contacts", "buyers"}
        ]
