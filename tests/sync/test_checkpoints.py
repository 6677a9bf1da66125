"""A run that breaks or is killed goes on where it was: what is settled is not read again."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.completeness.keyset import PART_PAGES
from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.reading.single_pass import CHECKPOINT_SECONDS
from tests.support.harness import InstantClock, connected, only, sync
from tests.support.killing import complete
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 10
PROGRAM = """
from tap_analytics.sync.reading import single_pass
from tap_analytics.tap import TapAnalytics
single_pass.CHECKPOINT_SECONDS = 0.05
TapAnalytics.cli()
"""
"""The tap with checkpoints a hundred times as often, for a table that is read as much faster."""


def table_of(pages: int, size: int = SIZE, **settings: Any) -> Sandbox:  # noqa: ANN401  # its own
    return Sandbox(rows={"buyers": pages * size}, seed=2, edge_cases=False, **settings)


def pages_asked(api: Sandbox) -> int:
    return sum(entry.stream == "buyers" for entry in api.requests)


def keys(messages: list[dict[str, Any]]) -> set[str]:
    return {each["record"]["id"] for each in messages if each["type"] == "RECORD"}


@pytest.mark.parametrize(
    ("pages", "breaks_at"), [(100, 95), pytest.param(2000, 1900, marks=pytest.mark.slow)]
)
def test_a_first_load_that_fails_at_95_percent_goes_on_from_there(
    pages: int, breaks_at: int
) -> None:
    with table_of(pages) as api:
        config = connected(api, page_size=SIZE, concurrency=1)
        api.fault("status", stream="buyers", nth=breaks_at, code=500, times=None)
        broken = sync(config, "buyers")
        assert broken.error is not None
        assert broken.state["bookmarks"]["buyers"]["replication_key_value"]
        api.clear()
        asked = pages_asked(api)
        resumed = sync(config, "buyers", state=broken.state)
        again = pages_asked(api) - asked
        assert keys(broken.messages + resumed.messages) == {row["id"] for row in api.rows("buyers")}
    assert resumed.stream("buyers")["verdict"] == "proven"
    sent_again = keys(broken.messages) & keys(resumed.messages)
    assert len(sent_again) <= 2 * SIZE
    # A page brings one record less than it holds; two more for page 1 and the reverse order.
    missing = pages * SIZE - len(keys(broken.messages))
    assert again <= 1.05 * missing / (SIZE - 1) + 4


class TickingClock(InstantClock):
    """A clock by which everything takes its time."""

    def monotonic(self) -> float:
        """A tenth of a second later each time."""
        self._passed += 0.1
        return super().monotonic()


def test_states_go_out_behind_settled_records_but_not_too_often() -> None:
    clock = TickingClock()
    with table_of(200) as api:
        config = connected(api, page_size=SIZE, concurrency=1)
        outcome = sync(config, "buyers", clock=clock)
        states = [
            place
            for place, message in enumerate(outcome.messages)
            if message["type"] == "STATE" and "replication_key_value" in json.dumps(message)
        ]
        assert 3 < len(states) <= 2 + clock._passed / CHECKPOINT_SECONDS
        for place in states[:: len(states) // 3]:
            resumed = sync(config, "buyers", state=outcome.messages[place]["value"])
            before = outcome.messages[:place]
            assert keys(before + resumed.messages) == {row["id"] for row in api.rows("buyers")}


class Killer:
    """Runs the tap in a process of its own, and kills it at a request."""

    def __init__(self, api: Sandbox, folder: Path, **settings: Any) -> None:  # noqa: ANN401  # any
        """Prepare to run it; `folder` is for its files."""
        self.api, self.folder = api, folder
        self.received: list[dict[str, Any]] = []
        config = connected(api, **{"page_size": SIZE} | settings)
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(only("buyers", config=config)))
        self._keep({})

    def _keep(self, state: dict[str, Any]) -> None:
        self.state = state
        (self.folder / "state.json").write_text(json.dumps(state))

    def run(self, kill_at: int | None = None) -> int:
        """Run once, killed at its n-th request for a page; return how many it made."""
        before = pages_asked(self.api)
        arguments = [f"--{name}={self.folder / name}.json" for name in ("config", "catalog")]
        arguments.append(f"--state={self.folder / 'state.json'}")
        with (self.folder / "out").open("wb") as out, (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments], stdout=out, stderr=log, cwd=ROOT
            )
            while kill_at and process.poll() is None and pages_asked(self.api) < before + kill_at:
                time.sleep(0.001)
            if kill_at:
                process.kill()
            code = process.wait()
        assert kill_at or code == 0, (self.folder / "log").read_text()
        messages = complete(self.folder / "out")
        self.received += [each for each in messages if each["type"] == "RECORD"]
        for message in messages:
            if message["type"] == "STATE":
                self._keep(message["value"])
        return pages_asked(self.api) - before


@pytest.mark.parametrize(
    ("pages", "size", "kills", "more"),
    # Of few pages a run that is killed early reads none but page 1 and the reverse order.
    [(60, SIZE, 2, 10), pytest.param(2000, 20, 50, 1, marks=pytest.mark.slow)],
)
def test_kills_at_any_instant_cost_no_record_and_few_requests(
    tmp_path: Path, pages: int, size: int, kills: int, more: int
) -> None:
    """No more than 1.2 times the table, and what is in flight at each kill: one request."""
    chance = random.Random(9)  # noqa: S311  # instants, not secrets
    with table_of(pages, size, delay=0.005) as api:
        killer = Killer(api, tmp_path, concurrency=1, page_size=size)
        for _ in range(kills):
            killer.run(kill_at=chance.randint(10, 2 * pages // kills))
        killer.run()
        assert keys(killer.received) == {row["id"] for row in api.rows("buyers")}
        assert pages_asked(api) <= 1.2 * pages + more * kills


def test_kills_of_a_reading_by_windows_leave_the_bookmark_where_it_was(tmp_path: Path) -> None:
    """It begins again: what was read is settled only when all is."""
    chance = random.Random(9)  # noqa: S311  # instants, not secrets
    with table_of(20, 100, delay=0.005) as api:
        killer = Killer(api, tmp_path, concurrency=1, page_size=100, read_by="windows")
        for _ in range(2):
            killer.run(kill_at=chance.randint(5, 20))
            assert "replication_key_value" not in json.dumps(killer.state)
        assert killer.run() <= 1.3 * 20
        assert keys(killer.received) == {row["id"] for row in api.rows("buyers")}
        assert killer.state["bookmarks"]["buyers"]["replication_key_value"]
        assert killer.run() == 1


def test_a_first_load_that_is_killed_at_95_percent_goes_on_from_there(tmp_path: Path) -> None:
    with table_of(100, delay=0.005) as api:
        killer = Killer(api, tmp_path, concurrency=1)
        killer.run(kill_at=95)
        again = killer.run()
        assert keys(killer.received) == {row["id"] for row in api.rows("buyers")}
    # 100 full pages take 111 requests, for each page begins with the last record before it.
    assert again <= 111 - 95 + 30


@pytest.mark.slow
def test_a_kill_with_parts_in_flight_costs_few_of_them(tmp_path: Path) -> None:
    """How far they are when it comes is chance: what is out is settled, but for the last part."""
    with table_of(600, delay=0.02) as api:
        killer = Killer(api, tmp_path, concurrency=8)
        killer.run(kill_at=521)
        kinds = [message["type"] for message in complete(tmp_path / "out")]
        again = killer.run()
        assert api.most_in_flight == 8
        assert keys(killer.received) == {row["id"] for row in api.rows("buyers")}
    settled = kinds[: -kinds[::-1].index("STATE")].count("RECORD") / SIZE
    out = kinds.count("RECORD") / SIZE
    assert out >= 521 / 1.12 - 8 * PART_PAGES
    assert settled >= out - 2 * PART_PAGES
    # A full page takes 1.11 requests, for each begins with the last record before it.
    assert again <= 1.12 * (600 - settled) + 2 * PART_PAGES
