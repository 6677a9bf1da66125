"""What the tap wants to reach, beside what it reached in this run."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import pipelines, programs
from benchmarks.data import PRETTY, UNKNOWN
from benchmarks.scenarios import (
    INTO_DUCKDB,
    LATENCY_MS,
    MELTANO,
    POSTGRES,
    SERIAL,
    SEVERAL,
    SIX,
    SMALL_PAGE,
    STARTUP_MS,
    STREAM_PAGES,
    concurrency_label,
    latency_name,
    memory_name,
    odd_name,
    startup_name,
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
    for page_size, over_loop, over_dlt in (
        (SMALL_PAGE, 1.15, 2.4),
        (sizes.large_page, 1.10, 1.7),
    ):
        name, where = f"loopback-{page_size}", f"no latency, pages of {page_size:,}"
        ours = (name, programs.OURS)
        found.append(_cost(results, f"{where}: CPU time", ours, (name, programs.BARE), over_loop))
        found += [
            _cheaper(results, where, ours, (name, peer), limit)
            for peer, limit in ((programs.DLT_RAW, over_dlt), (programs.PLAIN, 6.0))
        ]
        found.append(_faster(results, where, ours, (name, programs.PLAIN), 3.0))
    found.append(_peak_of_large_pages(results, sizes))
    waiting = latency_name(LATENCY_MS)
    ours = (waiting, concurrency_label(IN_FLIGHT))
    where = f"{LATENCY_MS} ms per response, concurrency {IN_FLIGHT}"
    found += [_faster(results, where, ours, (waiting, peer), 6.0) for peer in SERIAL]
    found.append(
        _close_to_the_wire(results, where, ours, sizes.latency_pages, 1.15),
    )
    found.append(
        _close_to_the_wire(
            results,
            f"{len(SIX)} streams, {where}",
            (SEVERAL, concurrency_label(IN_FLIGHT)),
            len(SIX) * STREAM_PAGES,
            1.2,
        )
    )
    found += [_round_trips(results), *_memory(results, sizes), *_startup(results)]
    return [*found, *_odd(results), *_databases(results)]


def _odd(results: Results) -> list[Goal]:
    """Return the goals for odd data: no dearer than before."""
    return [
        _cost(
            results,
            f"odd data, {form}: CPU time",
            (odd_name(form), programs.OURS),
            (odd_name(form), programs.BEFORE),
            1.0,
        )
        for form in (PRETTY, UNKNOWN)
    ]


def _databases(results: Results) -> list[Goal]:
    """Return the goals for what loads into a database."""
    dlt, run = pipelines.DLT_FLAT_TO_DUCKDB, (MELTANO, pipelines.MELTANO)
    pipe = (INTO_DUCKDB, pipelines.OURS_TO_DUCKDB)
    tuned = (POSTGRES, pipelines.POSTGRES_RECOMMENDED)
    return [
        _cost(results, "Meltano: CPU time", run, (MELTANO, pipelines.MELTANO_BEFORE), 0.65),
        _cheaper(results, "Meltano", run, (MELTANO, dlt), 1.5),
        _cheaper(results, "into DuckDB", pipe, (INTO_DUCKDB, dlt), 1.5),
        _cheaper(
            results, "target-postgres as recommended", tuned, (POSTGRES, pipelines.POSTGRES), 2.0
        ),
    ]


def _cpu_ratio(one: Sample, other: Sample) -> float:
    return one.cpu / other.cpu


def _cost(
    results: Results, text: str, ours: tuple[str, str], theirs: tuple[str, str], limit: float
) -> Goal:
    """Return the goal to need no more than some times the CPU time of a peer."""
    return Goal(
        f"{text} over {theirs[1]}",
        limit,
        at_least=False,
        unit=TIMES,
        measured=pairs(results, ours, theirs, _cpu_ratio),
    )


def _cheaper(
    results: Results, where: str, ours: tuple[str, str], theirs: tuple[str, str], limit: float
) -> Goal:
    """Return the goal that a peer needs at least some times our CPU time."""
    return Goal(
        f"{where}: CPU time of {theirs[1]} over ours",
        limit,
        at_least=True,
        unit=TIMES,
        measured=pairs(results, theirs, ours, _cpu_ratio),
    )


def _peak_of_large_pages(results: Results, sizes: Sizes) -> Goal:
    """Return the goal for the memory that large pages take, with several of them in flight."""
    runs = results.of(f"loopback-{sizes.large_page}", programs.OURS).values()
    return Goal(
        f"no latency, pages of {sizes.large_page:,}: peak",
        100.0,
        at_least=False,
        unit=" MB",
        measured=spread(run.peak / 1e6 for run in runs) if runs else None,
    )


def _round_trips(results: Results) -> Goal:
    """Return the goal for what a latency adds to a run with nothing new."""

    def waited(slow: Sample, quick: Sample) -> float:
        return (slow.wall - quick.wall) * 1000 / STARTUP_MS

    return Goal(
        f"nothing new, eight streams: round trips waited at {STARTUP_MS} ms, beyond 0 ms",
        3.0,
        at_least=False,
        unit="",
        measured=pairs(
            results,
            (startup_name(STARTUP_MS), programs.OURS),
            (startup_name(0), programs.OURS),
            waited,
        ),
    )


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


def _close_to_the_wire(
    results: Results, where: str, ours: tuple[str, str], pages: int, limit: float
) -> Goal:
    """Return the goal to need little more than the waiting and the start."""
    waited = pages / IN_FLIGHT * LATENCY_MS / 1000
    starts = results.of("startup", programs.IMPORT_TAP).values()
    runs = results.of(*ours).values()
    start = spread(run.wall for run in starts).median if starts else 0.0
    both = bool(starts) and bool(runs)
    return Goal(
        f"{where}: time over pages / {IN_FLIGHT} * {LATENCY_MS} ms + the start",
        limit,
        at_least=False,
        unit=TIMES,
        measured=spread(run.wall / (waited + start) for run in runs) if both else None,
    )


def _memory(results: Results, sizes: Sizes) -> list[Goal]:
    """Return the goals for the peak of memory."""
    many, few = memory_name(sizes.memory_records), memory_name(sizes.records)
    off, proven = (f"{programs.OURS}, verify {verify}" for verify in ("none", "warn"))

    def growth(more: Sample, less: Sample) -> float:
        return more.peak / less.peak

    def bytes_a_row(proof: Sample, plain: Sample) -> float:
        return (proof.peak - plain.peak) / proof.rows

    return [
        _cost(
            results,
            f"{sizes.memory_records:,} records: CPU time with the proof",
            (many, proven),
            (many, off),
            1.06,
        ),
        Goal(
            f"memory with `verify: none`: peak at {sizes.memory_records:,} records "
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
