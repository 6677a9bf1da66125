"""Play the model: `python -m tests.support.model [--large] [words of a world's name]`.

It takes two processes, and the large worlds some minutes.

It plays keyset reading, and windows of what changed since a bookmark. With `--mutants` these, other
windows and counting passes are played with one of their checks taken out, each in turn: printed is
how many seconds it takes until a row is lost, and the trace of how.
"""

from __future__ import annotations

import sys
from functools import partial
from multiprocessing import Pool
from time import monotonic
from typing import TYPE_CHECKING

from tap_analytics.completeness.keyset import KeysetReading
from tests.support.model import changes, passes, passes_mutants, windows, windows_mutants
from tests.support.model.execution import Kind, LossError, check
from tests.support.model.mutants import MUTANTS
from tests.support.model.worlds import large, small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_analytics.completeness.proof import CompletenessProof
    from tap_analytics.completeness.windows import Windows
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
    shown = 0
    for what, find in mutants():
        start = monotonic()
        trace = find()
        if trace is None:
            message = f"nothing is lost: {what}"
            raise SystemExit(message)
        shown += 1
        sys.stdout.write(f"{monotonic() - start:7.1f} s  {what}\n{trace}\n\n")
        sys.stdout.flush()
    sys.stdout.write(f"{shown} checks taken out, each found\n")


def mutants() -> Iterator[tuple[str, Callable[[], str | None]]]:
    """What is taken out, and how to find the trace of a loss without it; None where none is."""
    broken: list[tuple[type[Kind], World]] = [*MUTANTS.values(), *changes.MUTANTS.values()]
    for reading, world in broken:
        yield f"{_way(reading)}: {reading.__doc__}", partial(_loss, world, reading)
    for mutant, within in windows_mutants.MUTANTS:
        yield f"windows: {mutant.__doc__}", partial(_problem, within, mutant)
    for rules in passes_mutants.MUTANTS:
        yield f"counting passes: {rules.__doc__}", partial(_lost_row, rules)


def _way(reading: type[Kind]) -> str:
    return "keyset" if issubclass(reading, KeysetReading) else "windows since a bookmark"


def _loss(world: World, reading: type[Kind]) -> str | None:
    try:
        check(world, reading)
    except LossError as loss:
        return str(loss)
    return None


def _problem(world: windows.World, reading: type[Windows]) -> str | None:
    finding = windows.check(world, reading)
    return finding.problem and f"{finding.problem}\n{finding.trace}"


def _lost_row(rules: type[CompletenessProof]) -> str | None:
    return passes.check(passes_mutants.WORLD, 2, rules).lost


if __name__ == "__main__":
    main(sys.argv[1:])
