"""A source with every oddity that makes a tap lose something, and the whole tap that reads it.

The server answers in this process, in virtual time, so that a thousand runs take a minute. A number
decides everything that happens in a world.
"""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tap_analytics.clock import Clock
from tap_analytics.tap import RunFailedError, TapAnalytics

if TYPE_CHECKING:
    from threading import Event

EPOCH = datetime(2026, 1, 31, tzinfo=UTC)
MARGIN = 5.0
LATEST = 2.6
"""How late, in seconds, a change may show."""

SCHEMA: dict[str, Any] = {
    "properties": {
        "id": {"type": ["string", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "version": {"type": ["integer", "null"]},
        "name": {"type": ["string", "null"]},
        "quantity": {"type": ["integer", "null"]},
    }
}
NAMES = {"id", "at", "version", "name", "quantity"}


@dataclass
class Row:
    """A row; its name is another in each of its versions."""

    record: dict[str, Any]
    at: float | None
    version: int
    changed: float
    """When it was inserted or changed, which may be later than it says."""


@dataclass
class World:
    """What a source is like, and what happens to it, all decided by a number."""

    seed: int
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Make a table."""
        chance = self.chance = Random(self.seed)  # noqa: S311  # no secret
        self.now = 0.0
        self.names = self.versions = 0
        self.kind = chance.choice(["time", "time", "time", "number", "full"])
        self.form = chance.choice(["micro", "text", "seconds"])
        self.says = chance.choice(["total", "pages", "more", "nothing"])
        self.size = chance.choice([2, 3, 4])
        self.order = chance.choice(["key", "newest first", "oldest first"])
        self.ordered = self.kind == "time" and self.form == "micro" and chance.random() < 0.4
        self.busy = chance.choice([0.0, 0.1, 0.4, 0.8])
        self.odd = chance.choice([0.0, 0.0, 0.1, 0.3])
        self.aside = chance.choice(["kept", "kept", "deselected", "text"])
        self.settings: dict[str, Any] = {
            "on_invalid": chance.choice(["keep", "keep", "keep", "null", "fail"]),
            "on_missing_key": chance.choice(["skip", "skip", "hash"]),
            "verify": chance.choice(["warn", "warn", "fail"]),
        }
        if chance.random() < 0.2:
            self.settings["start_date"] = (EPOCH - timedelta(seconds=400)).isoformat()
        self.rows: list[Row] = []
        for _ in range(chance.choice([0, 1, self.size, self.size, 2 * self.size, 7])):
            self.insert(at=-chance.uniform(20, 600))

    def text(self, at: float) -> str:
        """A modification time as this API writes it."""
        moment = EPOCH + timedelta(seconds=at)
        if self.form == "text":
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z" if self.form == "seconds" else f"{moment:%FT%T.%fZ}"

    def contents(self, key: str, at: float) -> Row:
        """A row of this key, with what is odd about it."""
        chance = self.chance
        self.names, self.versions = self.names + 1, self.versions + 1
        if self.form != "micro":
            at = float(at // 1)
        record = {
            "id": key,
            "at": self.text(at),
            "version": self.versions,
            "name": f"name {self.names}",
            "quantity": self.names,
        }
        if chance.random() < self.odd:
            oddity = chance.choice(["value", "value", "no key", "other name", "no time", "unknown"])
            self.happened[oddity] += 1
            if oddity == "value":
                record["quantity"] = chance.choice([Decimal("700.5"), "A700", [1], {"a": None}])
            elif oddity == "unknown":
                record["colour"] = "red"
            elif oddity != "value":
                record["id"] = None
                if oddity == "other name":
                    record["Id"] = record.pop("id") or key
                if oddity == "no time":
                    record["at"] = None
        return Row(record, None if record["at"] is None else at, self.versions, self.now)

    def insert(self, at: float | None = None) -> None:
        """A row comes, somewhere."""
        at = self._moment("insert") if at is None else at
        key = f"{self.chance.random():.9f}"
        self.rows.append(self.contents(key, at))

    def _moment(self, what: str) -> float:
        late = self.chance.choice([0.0, 0.0, 1.0, LATEST])
        self.happened[f"late {what}" if late else what] += 1
        return self.now - late

    def edit(self, *, between: bool = False) -> None:
        """Something happens to the table, or nothing."""
        if self.chance.random() >= self.busy:
            return
        what = self.chance.choice(["insert", "touch", "delete"])
        if what != "insert" and not self.rows:
            return
        self.happened["between count and page"] += between
        if what == "insert":
            self.insert()
            return
        place = self.chance.randrange(len(self.rows))
        row = self.rows.pop(place)
        if what == "touch":
            at = self._moment("touch")
            if row.at is not None:
                at = max(at, row.at)
            key = row.record.get("id") or row.record.get("Id") or f"{self.chance.random():.9f}"
            self.rows.insert(place, self.contents(str(key), at))
        else:
            self.happened["delete"] += 1

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a request, in the place of a session."""
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        self.now += 0.01
        self.edit()
        first = int(query.get("offset", (int(query.get("page", "1")) - 1) * self.size))
        count = len(self._selected(query))
        self.edit(between=True)
        records = self._selected(query)[first : first + self.size]
        self.now += 0.01
        body: dict[str, Any] = {"results": [row.record for row in records]}
        if self.says != "nothing":
            says = {
                "total": count,
                "pages": -(-count // self.size),
                "more": first + self.size < count,
            }
            body[self.says] = says[self.says]
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(body, default=float).encode()  # noqa: SLF001  # as `requests` itself does
        date = EPOCH + timedelta(seconds=self.now)
        response.headers["Date"] = format_datetime(date.replace(microsecond=0), usegmt=True)
        return response

    def _selected(self, query: dict[str, str]) -> list[Row]:
        rows = list(self.rows)
        since = query.get("since")
        if since is not None and self.kind == "time":
            rows = [row for row in rows if row.at is not None and self._from(row, since)]
        order = query.get("ordering")
        if order is not None:
            rows.sort(key=lambda row: (row.at is not None, row.at or 0.0))
            return rows[::-1] if order.startswith("-") else rows
        if self.order == "key":
            return sorted(rows, key=lambda row: str(row.record.get("id") or row.record.get("Id")))
        return sorted(rows, key=lambda row: row.version, reverse=self.order == "newest first")

    def _from(self, row: Row, since: str) -> bool:
        if self.form == "text":
            return str(row.record["at"]) >= since
        asked = datetime.fromisoformat(since)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return EPOCH + timedelta(seconds=row.at or 0.0) >= asked

    def schema(self) -> dict[str, Any]:
        """The schema of its rows, where somebody may have typed the additional ones as text."""
        kind = "string" if self.aside == "text" else "object"
        additional = {"additional_properties": {"type": [kind, "null"]}}
        return {"type": "object", "properties": {**SCHEMA["properties"], **additional}}

    def catalog(self) -> dict[str, Any]:
        """The catalog with what is selected."""
        selected = {
            (): True,
            ("properties", "additional_properties"): self.aside != "deselected",
        }
        return {
            "streams": [
                {
                    "tap_stream_id": "items",
                    "stream": "items",
                    "schema": self.schema(),
                    "key_properties": ["id"],
                    "replication_key": {"time": "at", "number": "version"}.get(self.kind),
                    "metadata": [
                        {"breadcrumb": list(path), "metadata": {"selected": wanted}}
                        for path, wanted in selected.items()
                    ],
                }
            ]
        }

    def config(self) -> dict[str, Any]:
        """The tap's settings for this source."""
        incremental: dict[str, Any] | None = {
            "time": {"cursor_path": "at", "start_param": "since"},
            "number": {"cursor_path": "version"},
        }.get(self.kind)
        if incremental and self.ordered:
            incremental |= {"order_param": "ordering", "order_value": "at"}
        paginator: dict[str, Any] = {
            "total": {"type": "offset", "total_path": "total"},
            "pages": {"type": "page_number", "total_path": "pages"},
            "more": {"type": "page_number", "has_more_path": "more"},
            "nothing": {"type": "page_number"},
        }[self.says]
        entry = {
            "name": "items",
            "primary_key": "id",
            "schema": self.schema(),
            "endpoint": {
                "path": "/items",
                "data_selector": "results",
                "paginator": paginator | {"limit": self.size},
                "incremental": incremental,
            },
        }
        return {
            "base_url": "http://127.0.0.1:9",
            "access_token": "t",
            "concurrency": 1,
            "resources": [entry],
            **self.settings,
        }


class WorldClock(Clock):
    """The time of a world."""

    def __init__(self, world: World) -> None:
        """Tell the time of this world."""
        self._world = world

    def monotonic(self) -> float:
        """Its seconds."""
        return self._world.now

    def utc(self) -> datetime:
        """Its time of day."""
        return EPOCH + timedelta(seconds=self._world.now)

    def wait(self, seconds: float, stop: Event) -> None:  # noqa: ARG002  # no thread waits here
        """Let time pass."""
        self._world.now += seconds


@dataclass
class Run:
    """What one run of the tap amounts to."""

    status: str
    verdict: str
    reasons: list[str]
    bookmark: Any
    state: dict[str, Any]
    records: list[dict[str, Any]]


def run(world: World, state: dict[str, Any] | None) -> Run:
    """Let the whole tap read a world once."""
    tap = TapAnalytics(config=world.config(), state=state, catalog=world.catalog())
    tap.use_clock(WorldClock(world))
    tap.run.http_client._session = world  # type: ignore[assignment]  # noqa: SLF001  # the seam
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    logging.disable()
    try:
        with redirect_stdout(output):
            tap.sync_all()
    except RunFailedError:
        pass
    finally:
        logging.disable(logging.NOTSET)
    output.flush()
    lines = output.buffer.getvalue().splitlines()
    messages = [json.loads(line, parse_float=Decimal) for line in lines]
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    after: dict[str, Any] = states[-1] if states else state or {}
    report = tap.run.report.stream("items")
    return Run(
        status=report.status,
        verdict=report.verdict,
        reasons=report.reasons,
        bookmark=after.get("bookmarks", {}).get("items", {}).get("replication_key_value"),
        state=after,
        records=[message["record"] for message in messages if message["type"] == "RECORD"],
    )


def missing(row: Row, output: dict[str, dict[str, Any]], *, dropped: bool) -> str | None:
    """What of a row is not in the output; None where all of it is.

    Args:
        row: The row.
        output: All records that went out in any run, by their names.
        dropped: Whether the user lets invalid values be dropped.
    """
    sent = output.get(row.record["name"])
    if sent is None or sent["id"] is None:
        return "the record"
    quantity, aside = row.record["quantity"], sent.get("additional_properties")
    kept = aside.get("quantity") if isinstance(aside, dict) else None
    if quantity == sent["quantity"] or quantity == kept or (dropped and sent["quantity"] is None):
        return None
    return f"the value {quantity!r}"


def play(seed: int, runs: int = 3) -> tuple[list[str], Counter[str]]:
    """Read a world several times, and hold what was said against what it held.

    Returns:
        What was lost though the tap said otherwise, and how often each oddity happened.
    """
    world = World(seed)
    output: dict[str, dict[str, Any]] = {}
    state: dict[str, Any] | None = None
    lost = []
    for number in range(runs):
        began = world.now
        ended = run(world, state)
        state = ended.state
        for record in ended.records:
            # A target that has no such column, or another type for it, keeps nothing of it.
            if world.aside == "text":
                record["additional_properties"] = None
            output[record["name"]] = record
        world.happened[ended.verdict if ended.status == "succeeded" else ended.status] += 1
        world.happened[f"additional properties {world.aside}"] += 1
        dropped = world.settings["on_invalid"] == "null"
        for row in world.rows:
            if owed(world, ended, row, began):
                what = missing(row, output, dropped=dropped)
                if what is not None:
                    lost.append(f"seed {seed}, run {number + 1}: {what} of {row} ({ended})")
        world.now += world.chance.choice([0.5, 3.0, 8.0, 100.0])
        for _ in range(world.chance.randrange(3)):
            world.edit()
    return lost, world.happened


def owed(world: World, ended: Run, row: Row, began: float) -> bool:
    """Whether a row must be in the output of the runs so far.

    By the bookmark: behind it, nobody will ever ask for it again. By the verdict: it was there
    all the time, and, where the next run will not ask for it, it does not lie within the margin.
    """
    proven = ended.status == "succeeded" and ended.verdict == "proven"
    unchanged = row.changed <= began
    if world.kind == "full":
        return proven and unchanged
    if world.kind == "number":
        return (proven and unchanged) or (
            ended.bookmark is not None and row.version <= ended.bookmark
        )
    if row.at is None:
        return proven and unchanged and not ended.bookmark
    start = world.settings.get("start_date")
    if start and EPOCH + timedelta(seconds=row.at) < datetime.fromisoformat(start):
        return False
    behind = ended.bookmark is not None and (
        EPOCH + timedelta(seconds=row.at) < datetime.fromisoformat(ended.bookmark)
    )
    return behind or (proven and unchanged and row.at < began - MARGIN - 1)
