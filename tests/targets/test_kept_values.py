"""Values that their fields cannot hold, in every target that is tested: each record is loaded."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.fetched import JSONL, fetched
from tests.support.harness import sync
from tests.support.shapes import config_of_items as config
from tests.support.targets import DUCKDB, TARGETS
from tests.support.warehouse import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.support.harness import Outcome
    from tests.support.postgres import Server

ROWS = 30
VALUES: list[Any] = [
    *(700.5, "A700", "", True, [1, [None, "x"]], {"a": None, "b": {"c": [1]}}, 2**63, -(2**70)),
    *("nul \0 and \ud800 half", "two\nlines, \"quoted\"; 'and' more", "日本", {"a.b": 1, "": 2}),
    *({"quantity": "A700"}, 10**400, 2.5e-7, "x" * 10_000),
]
"""A value a record; an integer's field can hold none of them."""


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(rows={"items": ROWS}, edge_cases=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def run(api: Sandbox) -> Outcome:
    """What the tap writes of them."""
    for place, value in enumerate(VALUES):
        api.alter("items", place, fields={"quantity": value, "i\0d": place, "i\ud800d": value})
    outcome = sync(config(api), "items")
    part = outcome.stream("items")
    assert (part["verdict"], part["records"], part["lost"]) == ("proven", ROWS, {})
    assert part["kept"] == part["nulls"]["quantity"] == len(VALUES)
    return outcome


def wanted(run: Outcome) -> dict[str, Any]:
    """By key what stands beside the fields of each record."""
    messages = map(json.loads, run.raw.splitlines())
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    beside = {record["id"]: record.get("additional_properties") for record in records}
    assert len(beside) == ROWS
    assert sum("quantity" in (names or {}) for names in beside.values()) >= len(VALUES)
    return beside


def into(target: Sequence[str], run: Outcome, directory: Path, **settings: object) -> None:
    """Load what the tap wrote."""
    (directory / "target.json").write_text(json.dumps(settings), encoding="utf-8")
    loader = subprocess.run(
        [*target, "--config", str(directory / "target.json")],
        input=run.raw,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(TARGETS)},
        check=False,
    )
    assert loader.returncode == 0, loader.stderr.decode()


def test_duckdb_has_every_record_and_every_kept_value(run: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    into(DUCKDB, run, tmp_path, path=str(path), default_target_schema="main")
    rows = stored(path, "items", "id")
    assert {key: row["additional_properties"] for key, row in rows.items()} == wanted(run)


def test_target_jsonl_has_every_record_and_every_kept_value(run: Outcome, tmp_path: Path) -> None:
    into(fetched(*JSONL), run, tmp_path, destination_path=str(tmp_path), do_timestamp_file=False)
    lines = (tmp_path / "items.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["id"]: row.get("additional_properties") for row in map(json.loads, lines)}
    assert rows == wanted(run)


def test_postgresql_has_every_record_and_every_kept_value(
    run: Outcome, database: Server, load: Callable[[bytes], None]
) -> None:
    load(run.raw)
    query = "SELECT row_to_json(t)::text FROM loaded.items t"
    found = [json.loads(row) for row in database.texts(query)]
    assert {row["id"]: row["additional_properties"] for row in found} == wanted(run)
