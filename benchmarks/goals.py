"""What the tap wants to reach, beside what it reached in this run."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import programs
from benchmarks.scenarios import (
    LATENCY_MS,
    SERIAL,
    SMALL_PAGE,
    concurrency_label,
    latency_name,
    memory_name,
)
from benchmarks.stats import Spread, pairs, spread, times_as_fast

if TYPE_CHECKING:
    from benchmarks.measure import Sample
    from benchmarks.runner import Results
    from benchmarks.scenarios import Sizes

IN_FLIGHT = 8
TIMES = " times"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal and what was measured for it; None where it was not measured."""

    text: str
    limit: float
    at_least: bool
    unit: str
    measured: Spread | None

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the goal; None where nothing was measured."""
        if self.measured is None:
            return None
        compare = operator.ge if self.at_least else operator.le
        return bool(compare(self.measured.median, self.limit))


def goals(results: Results, sizes: Sizes) -> list[Goal]:
    """Return every goal with its result."""
    found = []
    for page_size in (SMALL_PAGE, sizes.large_page):
        name, where = f"loopback-{page_size}", f"no latency, pages of {page_size:,}"
        found.append(_faster(results, where, (name, programs.OURS), (name, programs.PLAIN), 3.0))
        if page_size == SMALL_PAGE:
            dlt = (name, programs.DLT_RAW)
            found.append(_faster(results, where, (name, programs.OURS), dlt, 1.0))
    waiting = latency_name(LATENCY_MS)
    ours = (waiting, concurrency_label(IN_FLIGHT))
    where = f"{LATENCY_MS} ms per response, concurrency {IN_FLIGHT}"
    found += [_faster(results, where, ours, (waiting, peer), 6.0) for peer in SERIAL]
    found.append(_close_to_the_wire(results, sizes))
    return [*found, *_memory(results, sizes), *_startup(results)]


def _faster(
    results: Results, where: str, ours: tuple[str, str], theirs: tuple[str, str], limit: float
) -> Goal:
    """Return the goal to be some times as fast as a peer; both are (scenario, peer)."""
    return Goal(
        f"{where}: speed over {theirs[1]}",
        limit,
        at_least=True,
        unit=TIMES,
        measured=pairs(results, ours, theirs, times_as_fast),
    )


def _close_to_the_wire(results: Results, sizes: Sizes) -> Goal:
    """Return the goal to need little more than the waiting and the work."""
    waited = sizes.latency_pages / IN_FLIGHT * LATENCY_MS / 1000
    runs = results.of(latency_name(LATENCY_MS), concurrency_label(IN_FLIGHT)).values()
    return Goal(
        f"{LATENCY_MS} ms per response, concurrency {IN_FLIGHT}: time over "
        f"pages / {IN_FLIGHT} * {LATENCY_MS} ms + CPU time",
        1.5,
        at_least=False,
        unit=TIMES,
        measured=spread(run.wall / (waited + run.cpu) for run in runs) if runs else None,
    )


def _memory(results: Results, sizes: Sizes) -> list[Goal]:
    """Return the goals for the peak of memory."""
    many, few = memory_name(sizes.memory_records), memory_name(sizes.records)
    off, proven = (f"{programs.OURS}, verify {verify}" for verify in ("off", "warn"))

    def growth(more: Sample, less: Sample) -> float:
        return more.peak / less.peak

    def bytes_a_row(proof: Sample, plain: Sample) -> float:
        return (proof.peak - plain.peak) / proof.rows

    return [
        Goal(
            f"memory with `verify: off`: peak at {sizes.memory_records:,} records "
            f"over peak at {sizes.records:,}",
            1.2,
            at_least=False,
            unit=TIMES,
            measured=pairs(results, (many, off), (few, off), growth),
        ),
        Goal(
            f"memory: what the proof adds at {sizes.memory_records:,} records",
            24.0,
            at_least=False,
            unit=" bytes a row",
            measured=pairs(results, (many, proven), (many, off), bytes_a_row),
        ),
    ]


def _startup(results: Results) -> list[Goal]:
    """Return the goals for a run with nothing new: the import alone, and the whole run."""

    def added(ours: Sample, bare: Sample) -> float:
        return ours.wall - bare.wall

    measured = {
        "importing the tap": programs.IMPORT_TAP,
        "nothing new, eight streams: the whole run": programs.OURS,
    }
    sdk = ("startup", programs.IMPORT_SDK)
    return [
        Goal(
            f"{text}, over importing the SDK",
            0.15,
            at_least=False,
            unit=" s",
            measured=pairs(results, ("startup", peer), sdk, added),
        )
        for text, peer in measured.items()
    ]
