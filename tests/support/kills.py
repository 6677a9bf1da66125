"""Kills a pipeline into a database again and again, and counts the rows that are lost.

`python -m tests.support.kills duckdb --kills 100` (or `postgres`) says it in a line of a table, and
its exit code is 1 where anything was lost. A round begins with empty tables; its runs are killed at
random instants, the next one goes on from the last state that the target let out, and the last one
may end. After every kill, the table has every row that the state speaks of; after a round, it is
what one run without a kill makes of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tap_analytics.sandbox import Sandbox
from tests.support import postgres
from tests.support.harness import connected, only
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.postgres import Server

STREAMS = ("buyers", "listings")
ROWS = 200
BATCH = 40
KILLS_IN_A_ROUND = 5
SECONDS_PER_PAGE = 0.02
VICTIMS = ("tap", "target", "group")
SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL")
Held = dict[tuple[str, str], str]
"""Rows as text, by table and key."""


class DuckDB:
    """A DuckDB file, loaded by the guard around target-duckdb."""

    name = "duckdb"
    table = "target-duckdb with the guard"

    def __init__(self, folder: Path) -> None:
        """Keep the file below a folder."""
        self._path = folder / "rows.duckdb"

    @property
    def settings(self) -> dict[str, Any]:
        """The target's settings."""
        return {"path": str(self._path), "default_target_schema": "main", "batch_size_rows": BATCH}

    def clear(self) -> None:
        """Begin with no table."""
        self._path.unlink(missing_ok=True)
        self._path.with_name("rows.duckdb.wal").unlink(missing_ok=True)

    def held(self) -> Held:
        """What the tables hold."""
        if not self._path.exists():
            return {}
        with duckdb.connect(str(self._path)) as connection:
            found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            assert {name for (name,) in found} <= set(STREAMS), "a kill leaves no other table"
            return {
                (name, row[0]): row[1]
                for (name,) in found
                for row in connection.execute(
                    f"SELECT id, to_json({name})::TEXT FROM {name}"  # noqa: S608  # a stream's name
                ).fetchall()
            }


class PostgreSQL:
    """A PostgreSQL server, loaded by meltanolabs-target-postgres."""

    name = "postgres"
    table = "meltanolabs-target-postgres"

    def __init__(self, server: Server) -> None:
        """Use a running server."""
        self._server = server

    @property
    def settings(self) -> dict[str, Any]:
        """The target's settings."""
        schema = {"default_target_schema": "loaded", "batch_size_rows": BATCH}
        return self._server.settings() | schema

    def clear(self) -> None:
        """Begin with no table."""
        self._server.execute("DROP SCHEMA IF EXISTS loaded CASCADE")

    def held(self) -> Held:
        """What the tables hold, without the target's own columns."""
        rows: Held = {}
        for name in [name for name in self._server.tables("loaded") if name in STREAMS]:
            for text in self._server.texts(f"SELECT row_to_json(t)::text FROM loaded.{name} t"):  # noqa: S608  # a stream's name
                row = {k: v for k, v in json.loads(text).items() if not k.startswith("_sdc_")}
                rows[name, row["id"]] = json.dumps(row, sort_keys=True)
        return rows


@dataclass
class Result:
    """What came of the kills into one database."""

    target: str
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By victim and signal."""

    half_loaded: int = 0
    """Kills that left a table with some of its rows, and not with all."""

    rounds: int = 0
    resumed: int = 0
    """Runs that began with a bookmark of a killed run."""

    lost: int = 0
    """Rows that were not there though a state spoke of them, or after a round."""

    hangs: int = 0
    """Kills after which something still ran a minute later; it is killed then."""

    seconds: float = 0.0

    def __str__(self) -> str:
        """A line of a table."""
        by = ", ".join(f"{name} {n}" for name, n in sorted(self._by(0) + self._by(1)))
        return (
            f"| {self.target} | {self.kills.total()} ({by}) | {self.half_loaded} | {self.resumed} "
            f"| {self.rounds} | {self.hangs} | {self.lost} | {self.seconds:.0f} s |"
        )

    def _by(self, part: int) -> list[tuple[str, int]]:
        counts: Counter[str] = Counter()
        for key, number in self.kills.items():
            counts[key[part]] += number
        return list(counts.items())


HEAD = (
    "| target | kills | half-loaded | resumed | rounds | hangs | lost rows | took |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass
class Pipeline:
    """Runs the tap into a database, from a state."""

    database: DuckDB | PostgreSQL
    folder: Path
    server: subprocess.Popen[str]
    api: Sandbox
    takes: float = 0.0
    """Seconds of the last run that nobody killed."""

    def begin(self, settings: dict[str, Any]) -> None:
        """Write the files that every run reads."""
        self._write("tap.json", settings)
        self._write("catalog.json", only(*STREAMS, config=settings))
        self._write("target.json", self.database.settings)

    def run(
        self, state: dict[str, Any], kill: dict[str, str] | None = None, *, when: int = 0
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Run once; return how it ended, and the last state that the target let out.

        Args:
            state: Where to begin.
            kill: The victim and the signal; none where nothing is killed.
            when: The number of requests after which it is killed, and a little later.
        """
        self._write("state.json", state)
        names = {"--config": "tap.json", "--catalog": "catalog.json", "--state": "state.json"}
        job: dict[str, Any] = {
            "tap": [part for option, name in names.items() for part in (option, self._path(name))],
            "target": ["--config", self._path("target.json")],
            "out": self._path("out"),
            **(kill or {}),
        }
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        began, asked = time.monotonic(), len(self.api.requests)
        if kill:
            while not select.select([self.server.stdout], [], [], 0.005)[0]:
                if len(self.api.requests) >= asked + when:
                    time.sleep(random.uniform(0, self.takes / 2))  # noqa: S311  # an instant
                    self.server.stdin.write("kill\n")
                    self.server.stdin.flush()
                    break
        ended = json.loads(self.server.stdout.readline())
        if not kill:
            self.takes = time.monotonic() - began
        # A line may be cut off by a kill; what is whole is true.
        lines = Path(self._path("out")).read_text(encoding="utf-8").split("\n")[:-1]
        return ended, json.loads(lines[-1]) if lines else state

    def log(self) -> str:
        """The end of what both programs logged."""
        return Path(self._path("out.log")).read_text(encoding="utf-8")[-10_000:]

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _write(self, name: str, value: dict[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(value), encoding="utf-8")


@contextmanager
def pipeline(database: DuckDB | PostgreSQL, api: Sandbox) -> Iterator[Pipeline]:
    """A pipeline whose programs are imported already."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'targets' / 'duckdb'}"}
    command = [sys.executable, "-m", "tests.support.pipelines", database.name]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
            env=environment,
        ) as server,
    ):
        yield Pipeline(database, Path(folder), server, api)
        assert server.stdin is not None
        server.stdin.close()


def kill_again_and_again(
    database: DuckDB | PostgreSQL, kills: int, *, rows: int = ROWS, seed: int = 1
) -> Result:
    """Kill a pipeline into a database so many times."""
    chance, result = random.Random(seed), Result(database.table)  # noqa: S311  # instants
    began = time.monotonic()
    with Sandbox(rows=dict.fromkeys(STREAMS, rows), seed=2) as api, pipeline(database, api) as runs:
        api.fault("slow", times=None, seconds=SECONDS_PER_PAGE)
        runs.begin(connected(api, page_size=20, concurrency=2))
        whole, requests = _without_a_kill(runs)
        keys = {(name, row["id"]) for name in STREAMS for row in api.rows(name)}
        assert whole.keys() == keys, "a run without a kill loads everything"
        while result.kills.total() < kills:
            _round(runs, whole, chance, requests, result)
            result.seconds = time.monotonic() - began
            print(result, file=sys.stderr, flush=True)  # noqa: T201  # it takes long
    result.seconds = time.monotonic() - began
    return result


def _without_a_kill(runs: Pipeline) -> tuple[Held, int]:
    """What one whole run loads, and how many requests it takes."""
    for _ in range(2):
        runs.database.clear()
        before = len(runs.api.requests)
        ended, _state = runs.run({})
        assert ended == {"killed": False, "hangs": False, "tap": 0, "target": 0}, runs.log()
    return runs.database.held(), len(runs.api.requests) - before


def _round(
    runs: Pipeline, whole: Held, chance: random.Random, requests: int, result: Result
) -> None:
    state: dict[str, Any] = {}
    runs.database.clear()
    result.rounds += 1
    for attempt in range(KILLS_IN_A_ROUND + 1):
        victim, number = chance.choice(VICTIMS), chance.choice(SIGNALS)
        kill = {"victim": victim, "signal": number} if attempt < KILLS_IN_A_ROUND else None
        result.resumed += bool(_bookmarks(state))
        # Where a run goes on, less is left to ask for.
        when = chance.randint(2, max(2, int(requests * 0.9 / (1 + bool(_bookmarks(state))))))
        ended, state = runs.run(state, kill, when=when)
        if ended["hangs"]:
            result.hangs += 1
            print(kill, ended, runs.log(), sep="\n", file=sys.stderr)  # noqa: T201  # to look into
        held = runs.database.held()
        if ended["killed"]:
            result.kills[victim, number] += 1
            result.half_loaded += any(_is_half_loaded(held, whole, name) for name in STREAMS)
        # A target that a signal ended may have loaded what it had read, and say 0: that is not all.
        finished = not ended["killed"] and ended["tap"] == ended["target"] == 0
        expected = whole.keys() if finished else _covered(whole, state)
        lost = [key for key in expected if held.get(key) != whole[key]]
        if lost:
            result.lost += len(lost)
            print(kill, ended, state, lost[:5], runs.log(), sep="\n", file=sys.stderr)  # noqa: T201  # the same
        if finished:
            break
    else:
        message = f"A run that nobody killed failed: {ended}\n{runs.log()}"
        raise SystemExit(message)


def _is_half_loaded(held: Held, whole: Held, stream: str) -> bool:
    there = sum(name == stream for name, _ in held)
    return 0 < there < sum(name == stream for name, _ in whole)


def _bookmarks(state: dict[str, Any]) -> dict[str, str]:
    """The bookmark of each stream that has one."""
    return {
        stream: value
        for stream, part in state.get("bookmarks", {}).items()
        if (value := part.get("replication_key_value"))
    }


def _covered(whole: Held, state: dict[str, Any]) -> list[tuple[str, str]]:
    """The keys of the rows of which the state says that they need not be read again."""
    bookmarks = _bookmarks(state)
    return [
        (name, key)
        for (name, key), row in whole.items()
        if name in bookmarks
        and _seconds(json.loads(row)["last_modified_at"]) < _seconds(bookmarks[name])
    ]


def _seconds(time_text: str) -> str:
    """A date-time as text that sorts: each database writes it in its own way."""
    return time_text.replace(" ", "T")[:19]


@contextmanager
def database_of(kind: str) -> Iterator[DuckDB | PostgreSQL]:
    """A database of its own, gone afterwards."""
    if kind == "duckdb":
        with tempfile.TemporaryDirectory() as folder:
            yield DuckDB(Path(folder))
        return
    with postgres.running() as server:
        yield PostgreSQL(server)


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.kills", description=__doc__)
    parser.add_argument("databases", nargs="*", default=["duckdb", "postgres"])
    parser.add_argument("--kills", type=int, default=100, help="for each database")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    print(HEAD)  # noqa: T201  # what it is for
    lost = 0
    for kind in given.databases:
        with database_of(kind) as database:
            result = kill_again_and_again(database, given.kills, seed=given.seed)
        print(result, flush=True)  # noqa: T201  # what it is for
        lost += result.lost
    raise SystemExit(bool(lost))


if __name__ == "__main__":
    main()
