"""The recipe of the README: no state is lost where nothing is new."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.fetched import JSONL, fetched
from tests.support.harness import connected
from tests.support.paths import ROOT
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (ROOT / "README.md").read_text(encoding="utf-8")
(RECIPE,) = re.findall(
    r"```sh\n(tap-analytics --config config.json --discover.*?)```", README, re.DOTALL
)


@pytest.fixture
def api() -> Iterator[Sandbox]:
    with Sandbox(rows=dict.fromkeys(STREAMS, 30)) as started:
        yield started


def shell(directory: Path, script: str) -> str:
    """Run a script with the tap and target-jsonl on its path; return what it logged."""
    programs = directory / "programs"
    if not programs.exists():
        programs.mkdir()
        target = programs / "target-jsonl"
        target.write_text(f'#!/bin/sh\nexec {shlex.join(fetched(*JSONL))} "$@"\n', "utf-8")
        target.chmod(0o755)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    run = subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        cwd=directory,
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return run.stderr


@pytest.mark.dear
def test_the_recipe_keeps_the_state_over_runs_with_nothing_new(
    api: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(connected(api)), encoding="utf-8")
    shell(tmp_path, RECIPE.replace(" --state state.json", ""))
    state = tmp_path / "state.json"
    held = json.loads(state.read_text(encoding="utf-8"))
    assert "replication_key_value" in held["bookmarks"]["buyers"]
    for _ in range(2):
        shell(tmp_path, RECIPE)
        assert (tmp_path / "states.jsonl").read_text(encoding="utf-8"), "a target got a state"
        assert json.loads(state.read_text(encoding="utf-8")) == held


def test_the_recipe_keeps_the_old_state_of_a_run_that_printed_none(
    api: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(connected(api)), encoding="utf-8")
    (tmp_path / "state.json").write_text('{"bookmarks": {}}', encoding="utf-8")
    shell(tmp_path, RECIPE.replace("| target-jsonl", "| true"))
    assert (tmp_path / "state.json").read_text(encoding="utf-8") == '{"bookmarks": {}}'
