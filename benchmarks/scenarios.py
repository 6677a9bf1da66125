"""What is measured: which peers, on how many records, in what pages, behind what latency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import pipelines, programs
from benchmarks.data import COMPACT, DECLARED, PRETTY, STREAM, STREAMS, UNKNOWN

if TYPE_CHECKING:
    from benchmarks.checkout import Checkout
    from benchmarks.measure import Peer

CONCURRENCIES = (1, 4, 8, 16)
SWEEP_MS = (0, 10, 25, 100)
LATENCY_MS = 50
SMALL_PAGE = 100
LARGE_PAGE = 5000
STARTUP_ROUNDS = 3
"""For each round of the others: a start is short, and what disturbs it weighs the more."""

STREAM_PAGES = 50
STARTUP_MS = 100
ODD_PAGE = 1000
SEVERAL = "several-streams"
SIX = (*STREAMS, DECLARED)
INTO_DUCKDB, MELTANO, POSTGRES = "end-to-end", "meltano", "postgres"

SERIAL = (programs.PLAIN, programs.DLT_RAW, programs.BARE)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a benchmark is."""

    records: int = 200_000
    latency_pages: int = 500
    memory_records: int = 2_000_000
    end_to_end_records: int = 20_000
    large_page: int = LARGE_PAGE
    repeat: int = 5


QUICK = Sizes(600, 6, 1200, 300, 300, 1)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Peers that are compared with each other, and what they read."""

    name: str
    title: str
    records: int
    page_size: int
    repeat: int
    peers: list[Peer] = field(default_factory=list)
    latency_ms: int = 0
    through_page_server: bool = False
    streams: tuple[str, ...] = (STREAM,)
    form: str = COMPACT
    into_postgres: bool = False


def concurrency_label(concurrency: int) -> str:
    """Return the name of the tap with that many pages in flight."""
    return f"{programs.OURS}, concurrency {concurrency}"


def latency_name(milliseconds: int) -> str:
    """Return the name of the scenario with that latency."""
    return f"latency-{milliseconds}"


def startup_name(milliseconds: int) -> str:
    """Return the name of the scenario with nothing new behind that latency."""
    return f"startup-{milliseconds}"


def memory_name(records: int) -> str:
    """Return the name of the memory scenario with that many records."""
    return f"memory-{records}"


def odd_name(form: str) -> str:
    """Return the name of the scenario with pages of that form."""
    return f"odd-{form.partition(' ')[0]}"


def scenarios(sizes: Sizes, before: Checkout | None = None) -> list[Scenario]:
    """Return everything that is measured, with an older checkout where there is one."""
    serial = [
        programs.plain_sdk(programs.PLAIN, "stock"),
        programs.plain_sdk(programs.PLAIN_MSGSPEC, "msgspec"),
        programs.dlt_extract(programs.DLT),
        programs.dlt_extract(programs.DLT_RAW, programs.NO_COMPRESSION),
        programs.bare_loop(),
    ]
    # Behind a latency a peer's other ways differ only by their CPU time: one way of each is enough.
    waiting_serial = [peer for peer in serial if peer.name in SERIAL]
    in_flight = [programs.ours(concurrency_label(n), concurrency=n) for n in CONCURRENCIES]
    startup = [
        programs.ours_up_to_date(),
        programs.importing(programs.IMPORT_TAP, "tap_analytics.tap"),
        programs.importing(programs.IMPORT_SDK, "singer_sdk"),
    ]
    memory = [
        programs.ours(f"{programs.OURS}, verify {verify}", verify=verify)
        for verify in ("none", "warn")
    ]
    waiting = sizes.latency_pages * SMALL_PAGE
    found = [
        Scenario(
            f"loopback-{size}",
            f"No latency, {sizes.records:,} records in pages of {size:,}",
            sizes.records,
            size,
            sizes.repeat,
            [programs.ours(), programs.ours(concurrency_label(1), concurrency=1), *serial],
        )
        for size in (SMALL_PAGE, sizes.large_page)
    ]
    found.append(
        Scenario(
            latency_name(LATENCY_MS),
            f"{LATENCY_MS} ms per response, {sizes.latency_pages:,} pages of {SMALL_PAGE}",
            waiting,
            SMALL_PAGE,
            sizes.repeat,
            [*in_flight, *waiting_serial],
            latency_ms=LATENCY_MS,
            through_page_server=True,
        )
    )
    found += [
        Scenario(
            latency_name(wait),
            f"{wait} ms per response, {sizes.latency_pages:,} pages of {SMALL_PAGE}",
            waiting,
            SMALL_PAGE,
            1,
            in_flight,
            latency_ms=wait,
            through_page_server=True,
        )
        for wait in SWEEP_MS
    ]
    found.append(
        Scenario(
            "startup",
            "Nothing new: eight streams, up to date",
            0,
            SMALL_PAGE,
            sizes.repeat * STARTUP_ROUNDS,
            startup,
        )
    )
    found += [
        Scenario(
            startup_name(wait),
            f"Nothing new: eight streams, up to date, {wait} ms per response",
            0,
            SMALL_PAGE,
            sizes.repeat,
            startup[:1],
            latency_ms=wait,
            through_page_server=True,
        )
        for wait in (0, STARTUP_MS)
    ]
    found.append(
        Scenario(
            SEVERAL,
            f"{len(SIX)} streams of {STREAM_PAGES} pages of {SMALL_PAGE}, {LATENCY_MS} ms "
            "per response",
            STREAM_PAGES * SMALL_PAGE,
            SMALL_PAGE,
            sizes.repeat,
            [programs.ours(concurrency_label(8), SIX, concurrency=8)],
            latency_ms=LATENCY_MS,
            through_page_server=True,
            streams=SIX,
        )
    )
    found += [
        Scenario(
            odd_name(form),
            f"Odd data: {form}, {sizes.records:,} records in pages of {ODD_PAGE:,}",
            sizes.records,
            ODD_PAGE,
            sizes.repeat,
            [
                programs.ours(),
                *([programs.ours(programs.BEFORE, checkout=before)] if before else []),
                programs.bare_loop(),
            ],
            form=form,
        )
        for form in (PRETTY, UNKNOWN)
    ]
    found += _into_databases(sizes, before)
    found += [
        Scenario(
            memory_name(records),
            f"Memory, {records:,} records in pages of {SMALL_PAGE}",
            records,
            SMALL_PAGE,
            sizes.repeat,
            memory,
        )
        for records in (sizes.records, sizes.memory_records)
    ]
    return found


def _into_databases(sizes: Sizes, before: Checkout | None) -> list[Scenario]:
    """Return what loads into DuckDB and into PostgreSQL."""
    into_duckdb = pipelines.ours_to_duckdb()
    flat = pipelines.dlt_to_duckdb(pipelines.DLT_FLAT_TO_DUCKDB, "--flat")
    by_meltano = [pipelines.meltano(pipelines.MELTANO)]
    if before:
        by_meltano.append(pipelines.meltano(pipelines.MELTANO_BEFORE, before))
    return [
        Scenario(
            INTO_DUCKDB,
            f"Into DuckDB, {sizes.end_to_end_records:,} records in pages of {SMALL_PAGE}",
            sizes.end_to_end_records,
            SMALL_PAGE,
            sizes.repeat,
            [into_duckdb, pipelines.dlt_to_duckdb(pipelines.DLT_TO_DUCKDB), flat],
        ),
        Scenario(
            MELTANO,
            f"Meltano into DuckDB, {sizes.records:,} records in pages of {SMALL_PAGE}",
            sizes.records,
            SMALL_PAGE,
            sizes.repeat,
            [*by_meltano, into_duckdb, flat],
        ),
        Scenario(
            POSTGRES,
            f"Into PostgreSQL, {sizes.records:,} records in pages of {SMALL_PAGE}",
            sizes.records,
            SMALL_PAGE,
            sizes.repeat,
            [pipelines.ours_to_postgres(label) for label in pipelines.POSTGRES_SETTINGS],
            into_postgres=True,
        ),
    ]
