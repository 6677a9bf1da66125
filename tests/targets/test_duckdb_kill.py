"""A target that is killed leaves nothing behind, and loses nothing that a state speaks of."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.slow import slow
from tests.support.targets import TARGETS, load, record_message, schema_message

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 400
BATCH = 40
WATCHED = """
import os, signal, sys, threading
from target_duckdb_exact import main, table

left, delay, run = int(sys.argv.pop(1)), float(sys.argv.pop(1)), table.Table._run

def deadly(self, statement):
    global left
    left -= 1
    if left == 0 and delay:
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
    elif left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, statement)

table.Table._run = deadly
main()
"""
"""The target, killed by itself before a given one of its statements, or within it."""
SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
    "required": ["id"],
}


def messages(stream: str) -> list[dict[str, Any]]:
    """Return a stream's rows, each half a second time, with a state after every ten."""
    numbers = [*range(ROWS), *range(0, ROWS, 2)]
    found = [schema_message(stream, SCHEMA)]
    for place, number in enumerate(numbers, 1):
        row = {"id": f"{number}", "text": f"row {number}, time {place // ROWS}"}
        found.append(record_message(stream, row))
        if place % 10 == 0:
            found.append({"type": "STATE", "value": {"bookmarks": {stream: place}}})
    return found


def killed(
    tmp_path: Path, sent: list[dict[str, Any]], statement: int, delay: float
) -> tuple[int, int]:
    """Run the target, kill it so long after a statement began; return its exit code and state."""
    config = {
        "path": str(tmp_path / "rows.duckdb"),
        "default_target_schema": "main",
        "batch_size_rows": BATCH,
        "temp_dir": str(tmp_path / "temp"),
    }
    config_file = tmp_path / "config.json"
    config_file.write_text(json.dumps(config), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", WATCHED, str(statement), str(delay), "--config", str(config_file)],
        input="".join(json.dumps(message) + "\n" for message in sent),
        env={**os.environ, "PYTHONPATH": str(TARGETS)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    states = [json.loads(line) for line in run.stdout.splitlines()]
    return run.returncode, states[-1]["bookmarks"]["rows"] if states else 0


@pytest.mark.parametrize("most", [4, slow(12)])
def test_kills_within_a_load_leave_no_table_no_file_and_lose_no_row(
    tmp_path: Path, most: int
) -> None:
    dice = random.Random(5)  # noqa: S311 -- the instants of the kills
    (tmp_path / "temp").mkdir()
    sent = messages("rows")
    # What was killed goes on from the last state, as a tap would.
    done, kills = 0, 0
    while True:
        rest = [sent[0], *sent[1 + done + done // 10 :]]
        statement = dice.randint(6, 17) if kills < most else 10**9
        code, state = killed(tmp_path, rest, statement, dice.choice([0, 0.0003, 0.001]))
        done = max(done, state)
        with duckdb.connect(str(tmp_path / "rows.duckdb")) as connection:
            found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            held = dict(connection.execute("SELECT id, text FROM rows").fetchall())
        assert found == [("rows",)], "a kill leaves no other table"
        for message in sent[1 : 1 + done + done // 10]:
            if message["type"] == "RECORD":
                assert message["record"]["id"] in held, "no state speaks of a row that is not there"
        if code == 0:
            break
        assert code == -9
        kills += 1
    assert kills == most
    assert held == {m["record"]["id"]: m["record"]["text"] for m in sent if m["type"] == "RECORD"}
    assert list((tmp_path / "temp").iterdir()) == [], "the files of killed batches are gone"


def test_tables_that_target_duckdb_left_behind_are_dropped_and_no_others(tmp_path: Path) -> None:
    left = "tmp_0b3f8a52_7c1d_4e6f_9a80_1234567890ab"
    others = ["tmp_", "tmp_mine", "tmp_0b3f8a52_7c1d_4e6f_9a80_1234567890ab_kept", f"x{left}"]
    with duckdb.connect(str(tmp_path / "rows.duckdb")) as connection:
        connection.execute("CREATE SCHEMA other")
        for name in (left, *others, f"other.{left}"):
            connection.execute(f"CREATE TABLE {name} (a int)")
    run = load(tmp_path, messages("rows")[:12])
    assert run.returncode == 0, run.stderr
    assert "Dropped 1 tables" in run.stderr
    with duckdb.connect(str(tmp_path / "rows.duckdb")) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
    kept = [("other", left), ("main", "rows"), *(("main", name) for name in others)]
    assert sorted(found) == sorted(kept)
