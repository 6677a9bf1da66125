"""The whole tap reads an odd source, and what it says is held against what the source held.

No socket and no clock is in the way, so that a thousand runs take less than a minute.
"""

from __future__ import annotations

import io
import json
import logging
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tap_analytics.clock import Clock
from tap_analytics.exceptions import RunFailedError
from tap_analytics.http import redaction
from tap_analytics.rest import pages
from tap_analytics.rest.prefetch import OrderedValues
from tap_analytics.sync.reading import single_pass
from tap_analytics.tap import TapAnalytics
from tests.support.odd_source import EPOCH, World

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from tests.support.odd_source import Row

MARGIN = 5.0
RECORD = "the record"


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


class InTurn:
    """Requests in flight, without threads: the world decides which of them is answered next."""

    def __init__(self, world: World) -> None:
        """Let this world decide."""
        self.world = world

    def pick(self, waiting: Sequence[int]) -> int:
        """One of those that are on their way."""
        chosen = self.world.chance.choice(waiting)
        self.world.happened["answered out of turn"] += chosen != waiting[0]
        return chosen

    def ordered_map(
        self,
        fetch: Callable[[Any, Event], Any],
        keys: Iterable[Any],
        *,
        width: int,
        **_: object,
    ) -> OrderedValues[Any, Any]:
        """As `prefetch.ordered_map`."""
        slots: list[list[Any]] = []
        values = self._values(fetch, iter(keys), max(1, width), slots)
        return OrderedValues(values, lambda: self._behind(fetch, slots) if width > 1 else ())

    def _values(
        self,
        fetch: Callable[[Any, Event], Any],
        coming: Iterator[Any],
        width: int,
        slots: list[list[Any]],
    ) -> Generator[Any]:
        while True:
            slots += [[key] for key in islice(coming, width - len(slots))]
            if not slots:
                return
            while len(slots[0]) == 1:
                slot = slots[self.pick([n for n, slot in enumerate(slots) if len(slot) == 1])]
                self._fetch(fetch, slot)
            value, failed = slots.pop(0)[1]
            if failed is not None:
                raise failed
            yield value

    def _behind(self, fetch: Callable[[Any, Event], Any], slots: list[list[Any]]) -> Generator[Any]:
        """What was on its way when nobody wanted more."""
        for slot in slots:
            if len(slot) == 1:
                self._fetch(fetch, slot)
            value, failed = slot[1]
            if failed is None:
                yield value

    @staticmethod
    def _fetch(fetch: Callable[[Any, Event], Any], slot: list[Any]) -> None:
        try:
            slot.append((fetch(slot[0], Event()), None))
        except Exception as error:  # noqa: BLE001  # raised again in its turn
            slot.append((None, error))

    def in_flight(self, fetch: Callable[[Any, Event], Any]) -> FakeInFlight:
        """As `in_flight.InFlight`."""
        return FakeInFlight(fetch, self)


class FakeInFlight:
    """As `in_flight.InFlight`."""

    def __init__(self, fetch: Callable[[Any, Event], Any], turns: InTurn) -> None:
        """Fetch in the order that somebody decides."""
        self._fetch, self._turns = fetch, turns
        self._keys: list[Any] = []

    def start(self, key: object) -> None:
        """Something is to be fetched."""
        self._keys.append(key)

    def next(self) -> tuple[Any, Any]:
        """The next that is."""
        key = self._keys.pop(self._turns.pick(range(len(self._keys))))
        return key, self._fetch(key, Event())

    def close(self) -> None:
        """Nothing is on its way."""


@dataclass
class Run:
    """What one run of the tap amounts to."""

    status: str
    verdict: str
    reasons: list[str]
    bookmark: Any
    state: dict[str, Any]
    records: list[dict[str, Any]]
    read_by: str
    filled_keys: int


def run(world: World, state: dict[str, Any] | None) -> Run:
    """Let the whole tap read a world once."""
    # The runs before are over, though nobody has collected them: their secrets need no search.
    redaction._owners.clear()
    tap = TapAnalytics(config=world.config(), state=state, catalog=world.catalog())
    tap.use_clock(WorldClock(world))
    tap.run.http_client._session = world  # type: ignore[assignment]  # the seam
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    world.begin_run()
    turns = InTurn(world)
    logging.disable()
    try:
        with (
            redirect_stdout(output),
            patch.object(pages, "ordered_map", turns.ordered_map),
            patch.object(single_pass, "InFlight", turns.in_flight),
        ):
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
        read_by=str(report.read_by),
        filled_keys=report.counts.filled_keys,
    )


class Target:
    """A table that holds the last record of each key."""

    def __init__(self, world: World) -> None:
        """Begin with nothing."""
        self._keeps_aside = world.aside != "text"
        self._drops_invalid = world.settings["on_invalid"] == "null"
        self._names: dict[str, str] = {}
        """The keys of all records that came, by their names."""
        self._table: dict[str, dict[str, Any]] = {}

    def load(self, records: Iterable[dict[str, Any]]) -> None:
        """Take in records in their order."""
        for record in records:
            # A target that has no such column, or another type for it, keeps nothing of it.
            if not self._keeps_aside:
                record["additional_properties"] = None
            if record["id"] is not None:
                self._names[record["name"]] = record["id"]
                self._table[record["id"]] = record

    def missing(self, row: Row) -> str | None:
        """What of a row is not there; None where all of it is."""
        key = self._names.get(row.record["name"])
        sent = {} if key is None else self._table[key]
        if sent.get("name") != row.record["name"]:
            return RECORD
        quantity, aside = row.record["quantity"], sent.get("additional_properties")
        kept = aside.get("quantity") if isinstance(aside, dict) else None
        dropped = self._drops_invalid and sent["quantity"] is None
        return (
            None if dropped or quantity in (sent["quantity"], kept) else f"the value {quantity!r}"
        )


def play(seed: int, runs: int = 3, kind: type[World] = World) -> tuple[list[str], Counter[str]]:
    """Read a world several times, and hold what was said against what it held.

    Returns:
        What was lost though the tap said otherwise, and how often each oddity happened.
    """
    world = kind(seed)
    target = Target(world)
    state: dict[str, Any] | None = None
    lost = []
    told: set[str] = set()
    for number in range(runs):
        began = world.now
        ended = run(world, state)
        state = ended.state
        target.load(ended.records)
        world.happened.update((world.kind, world.form, ended.read_by))
        world.happened["filled key"] += ended.filled_keys
        world.happened["start date"] += "start_date" in world.settings
        world.happened[ended.verdict if ended.status == "succeeded" else ended.status] += 1
        world.happened[f"additional properties {world.aside}"] += 1
        world.happened[f"says {world.says}"] += 1
        world.happened[f"pages from {world.base}{'' if world.names_base else ', by trial'}"] += 1
        if ended.status == "failed" and not may_fail(world):
            lost.append(f"seed {seed}, run {number + 1}: it failed ({ended})")
        for row in world.rows:
            if owed(world, ended, row, began):
                what = target.missing(row)
                if what is not None and ended.verdict == "not proven":
                    # The bookmark may move past a value of which it was said that it is lost.
                    told.update({row.record["name"]} if what != RECORD else ())
                if what is not None and row.record["name"] not in told:
                    lost.append(f"seed {seed}, run {number + 1}: {what} of {row} ({ended})")
        world.now += world.chance.choice([0.5, 3.0, 8.0, 100.0])
        for _ in range(world.chance.randrange(3)):
            world.edit()
    return lost, world.happened


def may_fail(world: World) -> bool:
    """Whether a run may fail, though every request is answered.

    Where rows come and go with nearly every request, a page is the same time and again by chance;
    and where nobody says where pages begin, page 0 may be taken for another page than page 1 by a
    single edit between the two. The next run tries again.
    """
    storm = world.busy > (0.4 if world.names_base else 0.0)  # of all requests
    return (
        storm
        or world.happened["out of order"] > 0
        or "fail" in (world.settings["verify"], world.settings["on_invalid"])
    )


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
    start = world.settings.get("start_date")
    if row.at is None:
        # A filter by time leaves it out.
        return proven and unchanged and not ended.bookmark and not start
    if start and EPOCH + timedelta(seconds=row.at) < datetime.fromisoformat(start):
        return False
    behind = ended.bookmark is not None and (
        EPOCH + timedelta(seconds=row.at) < datetime.fromisoformat(ended.bookmark)
    )
    return behind or (proven and unchanged and row.at < began - MARGIN - 1 - world.step)
