"""Results in a file, so that a report can be written again without measuring again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from benchmarks.runner import Results  # noqa: TC001 - msgspec reads the annotations
from benchmarks.scenarios import Sizes  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark: everything that its report is made from."""

    commands: list[str]
    """One for each piece that it was measured in."""
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    sizes: Sizes
    results: Results


def save(path: Path, run: Run) -> None:
    """Write a run to a JSON file."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run)))


def load(path: Path) -> Run:
    """Read a run that `save` has written."""
    return msgspec.json.decode(path.read_bytes(), type=Run)
