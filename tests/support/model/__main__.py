"""Play the model: `python -m tests.support.model [--large] [words of a world's name]`.

It takes two processes, and the large worlds some minutes.

It plays keyset reading, and windows of what changed since a bookmark. With `--mutants` they are
played with one of their checks taken out, each in turn: printed is how many seconds it takes until
a row is lost, and the trace of how.
"""

from __future__ import annotations

import sys
from multiprocessing import Pool
from time import monotonic
from typing import TYPE_CHECKING

from tap_analytics.completeness.keyset import KeysetReading
from tests.support.model import changes
from tests.support.model.execution import Kind, LossError, check
from tests.support.model.mutants import MUTANTS
from tests.support.model.worlds import large, small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.model.table import World

PROCESSES = 2


def main(arguments: list[str]) -> None:
    """Play all worlds, and write how many executions each has."""
    if "--mutants" in arguments:
        show_mutants()
        return
    words = [word for word in arguments if not word.startswith("-")]
    total, began = 0, monotonic()
    is_large = "--large" in arguments
    kinds: list[tuple[type[Kind], Iterator[tuple[str, World]]]] = [
        (KeysetReading, large() if is_large else small()),
        (changes.ChangesByWindows, changes.large() if is_large else changes.small()),
    ]
    played = [
        (reading, name, world)
        for reading, worlds in kinds
        for name, world in worlds
        if all(word in name for word in words)
    ]
    with Pool(PROCESSES) as pool:
        for name, executions, seconds in pool.imap_unordered(_play, played):
            total += executions
            sys.stdout.write(f"{executions:>9,} {seconds:7.1f} s  {name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{total:>9,} {monotonic() - began:7.1f} s  none lost\n")


def _play(given: tuple[type[Kind], str, World]) -> tuple[str, int, float]:
    reading, name, world = given
    start = monotonic()
    return name, check(world, reading), monotonic() - start


def show_mutants() -> None:
    """Write what is lost without each check.

    Raises:
        SystemExit: Nothing is: the check is needless, or the model does not see what it is for.
    """
    for what, (mutant, world) in (MUTANTS | changes.MUTANTS).items():
        start = monotonic()
        try:
            check(world, mutant)
        except LossError as loss:
            sys.stdout.write(f"{monotonic() - start:7.1f} s  {what}\n{loss}\n\n")
            sys.stdout.flush()
        else:
            message = f"nothing is lost: {what}"
            raise SystemExit(message)


if __name__ == "__main__":
    main(sys.argv[1:])
