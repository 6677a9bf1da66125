"""Medians, spreads, and ratios taken pair by pair."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.measure import Sample
    from benchmarks.runner import Results


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some values, and how far they lie apart."""

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of one or more values."""
    kept = list(values)
    return Spread(statistics.median(kept), min(kept), max(kept))


def of(results: Results, scenario: str, peer: str, value: Callable[[Sample], float]) -> Spread:
    """Return the spread of one value over the rounds of one peer."""
    return spread(value(sample) for sample in results.of(scenario, peer).values())


def pairs(
    results: Results,
    first: tuple[str, str],
    second: tuple[str, str],
    value: Callable[[Sample, Sample], float],
) -> Spread | None:
    """Return the spread of a value made of two samples of the same round.

    `first` and `second` are (scenario, peer). None where they share no round.
    """
    ours, theirs = results.of(*first), results.of(*second)
    shared = ours.keys() & theirs.keys()
    return spread(value(ours[each], theirs[each]) for each in shared) if shared else None


def times_as_fast(ours: Sample, theirs: Sample) -> float:
    """Return how many times as fast the first is."""
    return theirs.wall / ours.wall
