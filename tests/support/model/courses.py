"""All courses that a world may take, and what came of them."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tests.support.model.tape import tapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.model.tape import Tape

W = TypeVar("W")


class Finding(NamedTuple):
    """What came of all courses of a world."""

    executions: int
    proven: int
    lost: str | None = None
    """What was lost, and the choices that led to it."""


def play_all(world: object, play: Callable[[Tape], tuple[bool, set[int]]]) -> Finding:
    """Play every course of a world, up to the first one that loses anything.

    Args:
        world: For what is said of a loss.
        play: Plays a course: whether it was proven, and what is missing or wrong all the same.
    """
    executions = proven = 0
    for tape in tapes():
        executions += 1
        is_proven, lost = play(tape)
        proven += is_proven
        if lost:
            return Finding(executions, proven, f"{lost} in {world}: {tape.choices}")
    return Finding(executions, proven)


def write_findings(worlds: Iterable[W], check: Callable[[W], Finding]) -> None:
    """Check all worlds, write how many courses each has, and end at the first loss."""
    total, proven, began = 0, 0, monotonic()
    for world in worlds:
        start, finding = monotonic(), check(world)
        if finding.lost:
            sys.exit(finding.lost)
        total, proven = total + finding.executions, proven + finding.proven
        sys.stdout.write(f"{finding.executions:>9,} {monotonic() - start:7.1f} s  {world}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{total:>9,} {monotonic() - began:7.1f} s  {proven:,} proven, none lost\n")
