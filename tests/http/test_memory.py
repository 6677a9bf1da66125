"""Bodies in flight take no more memory than their limit each, and a constant."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected
from tests.support.paths import ROOT

LIMIT = 64
CONSTANT = 96
PEAK = """
import json, sys
from pathlib import Path
from tests.support.harness import sync

outcome = sync(json.loads(sys.stdin.read()), "buyers")
status = Path("/proc/self/status").read_text()
peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps([int(peak) / 1024, len(outcome.records("buyers")), outcome.error is None]))
"""


def peak_of(sandbox: Sandbox, width: int) -> float:
    """The most memory, in MB, of a process that reads six pages."""
    config = connected(sandbox, page_size=10, concurrency=width, max_response_mb=LIMIT)
    done = subprocess.run(
        [sys.executable, "-c", PEAK],
        cwd=ROOT,
        input=json.dumps(config | {"read_by": "pages"}),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    peak, records, well = json.loads(done.stdout)
    assert well
    assert records == 60
    return float(peak)


@pytest.mark.dear
def test_memory_stays_below_the_limit_for_each_request_in_flight_and_the_page_in_turn() -> None:
    with Sandbox(rows={"buyers": 60}, seed=1) as sandbox:
        nothing = peak_of(sandbox, 3)
        sandbox.fault("large_body", stream="buyers", times=None, megabytes=LIMIT - 1)
        one, three = peak_of(sandbox, 1), peak_of(sandbox, 3)
    # Each body was held as a whole, or this would measure nothing.
    assert nothing + LIMIT < one < nothing + 2 * LIMIT + CONSTANT
    assert one < three < nothing + 4 * LIMIT + CONSTANT
