"""Runs the tap again and again, each run in a process of its own that can be killed at any instant.

`python -m tests.support.killing` takes one JSON object per line: `arguments` of the command, the
file `out` for its standard output, and `seconds` after which it is killed (null: never). It answers
each with the run's exit status. The tap is imported once, and every run is a fork.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from pathlib import Path


def run(
    arguments: list[str],
    out: str,
    seconds: float | None,
    tap: type[TapAnalytics] = TapAnalytics,
) -> int:
    """Run a tap once, and kill it when its time is over."""
    ended, ends = os.pipe()
    # Emptied before the fork: a child that is killed at once must not leave the output, and the
    # state, of the run before.
    output = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    log = os.open(f"{out}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = os.fork()
    if child == 0:
        os.close(ended)
        os.dup2(output, 1)
        os.dup2(log, 2)
        try:
            tap.cli(arguments)
        except SystemExit as end:
            os._exit(int(end.code or 0))
    for file in (ends, output, log):
        os.close(file)
    # The pipe closes when the child ends: no need to look again and again.
    if not select.select([ended], [], [], seconds)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def complete(path: Path) -> list[dict[str, Any]]:
    """The messages of a run that may have been killed within a line."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    for line in sys.stdin:
        job = json.loads(line)
        print(run(job["arguments"], job["out"], job["seconds"]), flush=True)  # noqa: T201  # its answer
