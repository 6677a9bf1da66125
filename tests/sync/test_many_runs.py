"""A process that runs the tap again and again keeps nothing of the runs before."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import by_token, connected
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

RUNS = 12
CACHED = ["re.Pattern", "builtins.frozenset", "builtins.tuple"]
PROGRAM = f"""
import gc, json, sys, threading, time
from collections import Counter
from tests.support.harness import sync

config, stream = json.loads(sys.stdin.read())

def objects():
    gc.collect()
    classes = map(type, gc.get_objects())
    found = Counter(f"{{each.__module__}}.{{each.__qualname__}}" for each in classes)
    # The patterns of the last secrets stay in caches of a fixed size, the interpreter's own too.
    return Counter({{name: found[name] for name in found.keys() - set({CACHED})}})

def run(times):
    for _ in range(times):
        outcome = sync(config, stream)
        assert outcome.records(stream) and outcome.error is None, outcome.log
        del outcome

run(3)
# To count at all leaves something behind, too, in the caches of abstract classes.
objects()
before = objects()
run({RUNS})
# Before the five seconds after which an idle thread ends of itself.
patience = time.monotonic() + 4
gc.collect()
while threading.active_count() > 1 and time.monotonic() < patience:
    time.sleep(0.01)
    # What a thread held that has only just ended is let go of now.
    gc.collect()
threads = [each.name for each in threading.enumerate()]
print(json.dumps([objects() - before, threads]))
"""
DECLARED = {
    "name": "own",
    "endpoint": {"path": "/buyers", "data_selector": "results", "paginator": "page_number"},
    "primary_key": "id",
}


def settings_of(kind: str, sandbox: Sandbox) -> tuple[dict[str, Any], str]:
    """A configuration and its stream."""
    if kind == "declared":
        return by_token(sandbox, resources=[DECLARED], concurrency=3), "own"
    return connected(sandbox, page_size=50, concurrency=3, read_by=kind), "buyers"


@pytest.mark.parametrize("kind", ["keyset", "pages", "declared"])
def test_neither_objects_nor_threads_stay_behind(kind: str, sandbox: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        input=json.dumps(settings_of(kind, sandbox)),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    more, threads = json.loads(done.stdout)
    assert {name: count for name, count in more.items() if count >= RUNS} == {}
    assert threads == ["MainThread"]
