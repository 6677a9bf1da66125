"""`tap | target`, as two processes and a pipe: every record and every cell arrives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.registry import packaged_schema
from tests.support.fetched import JSONL, fetched
from tests.support.harness import by_token, sync
from tests.support.streams import KEY_OF
from tests.support.targets import DUCKDB, TARGETS
from tests.support.warehouse import expected, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TAP = [sys.executable, "-c", "from tap_analytics.tap import TapAnalytics; TapAnalytics.cli()"]


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(rows=dict.fromkeys(KEY_OF, 230)) as sandbox:
        yield sandbox


def pipe(api: Sandbox, target: Sequence[str], directory: Path, **settings: object) -> str:
    """Run `tap | target` and return the last state that the target let out."""
    configs = {
        "tap": by_token(api),
        "target": settings,
    }
    for name, config in configs.items():
        (directory / f"{name}.json").write_text(json.dumps(config), encoding="utf-8")
    log = directory / "log.txt"
    with log.open("wb") as errors:
        tap = subprocess.Popen(
            [*TAP, "--config", str(directory / "tap.json")], stdout=subprocess.PIPE, stderr=errors
        )
        loader = subprocess.run(
            [*target, "--config", str(directory / "target.json")],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(TARGETS)},
            check=False,
        )
        if tap.stdout is not None:
            tap.stdout.close()
    assert (tap.wait(), loader.returncode) == (0, 0), log.read_text(encoding="utf-8")
    return loader.stdout.decode().splitlines()[-1]


def test_every_cell_of_all_eight_streams_is_in_duckdb(api: Sandbox, tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    settings = {"path": str(database), "default_target_schema": "main", "batch_size_rows": 100}
    state = json.loads(pipe(api, DUCKDB, tmp_path, **settings))
    assert set(state["bookmarks"]) == set(KEY_OF)
    for stream, key in KEY_OF.items():
        wanted = expected(api.rows(stream), packaged_schema(stream))
        assert len(wanted) == 230
        assert stored(database, stream, key) == wanted, stream


def test_every_record_of_all_eight_streams_is_in_target_jsonls_files(
    api: Sandbox, tmp_path: Path
) -> None:
    """It validates every record strictly against its schema."""
    pipe(api, fetched(*JSONL), tmp_path, destination_path=str(tmp_path), do_timestamp_file=False)
    outcome = sync(by_token(api))
    messages = [json.loads(line) for line in outcome.raw.splitlines()]
    for stream in KEY_OF:
        lines = (tmp_path / f"{stream}.jsonl").read_text(encoding="utf-8").splitlines()
        sent = [m["record"] for m in messages if m["type"] == "RECORD" and m["stream"] == stream]
        assert len(sent) == 230
        assert [json.loads(line) for line in lines] == sent, stream
