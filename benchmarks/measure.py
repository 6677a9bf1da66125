"""One measured run of one peer: what it cost, and the proof that it lost no row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.postgres import Server

LAUNCHER = Path(__file__).with_name("launch.py")
SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class Source:
    """What a peer is pointed at."""

    base_url: str
    records: int
    page_size: int
    database: Server | None = None
    """A PostgreSQL server, where the scenario loads into one."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to measure.

    `commands` takes the source and an empty folder and returns the commands of a pipeline, whose
    last one writes to `folder/out`. `count` returns the distinct rows that came out, and raises
    where a row came twice. `needs` names the packages without which the peer is left out.
    """

    name: str
    commands: Callable[[Source, Path], list[list[str]]]
    count: Callable[[Path], int]
    needs: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run cost, as a whole process: start and imports included."""

    scenario: str
    peer: str
    round: int
    rows: int
    wall: float
    cpu: float
    peak: int
    cpu_of_parts: tuple[float, ...] = ()
    """The CPU seconds of each process of a pipe."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the launcher says of a pipeline: seconds, bytes and exit codes."""

    wall: float
    cpus: list[float]
    peaks: list[int]
    codes: list[int]


class PeerError(RuntimeError):
    """A peer failed or lost rows: its run is no result. The first line says what happened."""


def measure(scenario: str, peer: Peer, number: int, source: Source, folder: Path) -> Sample:
    """Run one peer once in an empty folder, which is removed again.

    Raises:
        PeerError: When a command failed, or when the rows are not those that were served.
    """
    folder.mkdir(parents=True)
    try:
        cost = _launch(peer, peer.commands(source, folder), folder)
        rows = peer.count(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if rows != source.records:
        message = f"{peer.name} wrote {rows} of {source.records} rows in {scenario}."
        raise PeerError(message)
    cpu, peak = sum(cost.cpus), sum(cost.peaks)
    return Sample(scenario, peer.name, number, rows, cost.wall, cpu, peak, tuple(cost.cpus))


def environment(cache: Path, extra: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """Return the environment of a peer.

    Python's own variables are left out: unbuffered output or a missing bytecode cache, common in
    containers, would be measured as the peer's cost. So are settings for Meltano.
    """
    foreign = ("PYTHON", "MELTANO_", "TAP_", "TARGET_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    kept |= {"PYTHONPYCACHEPREFIX": str(cache), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    return kept | dict(extra)


def _launch(peer: Peer, commands: list[list[str]], folder: Path) -> Cost:
    """Run the commands and return what they cost."""
    errors = folder / "errors"
    job = {"commands": commands, "output": str(folder / "out"), "errors": str(errors)}
    launched = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-S", str(LAUNCHER)],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment(folder.parent / "bytecode", peer.environment),
    )
    cost = Cost(**json.loads(launched.stdout))
    if any(cost.codes):
        lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
        shown = "\n".join(lines[-SHOWN_LINES:])
        message = f"{peer.name} ended with exit codes {cost.codes}; the end of its log:\n{shown}"
        raise PeerError(message)
    return cost
