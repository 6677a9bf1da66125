"""The page and the plot of `benchmarks.live_table`: what came of it, and why."""

from __future__ import annotations

import importlib.util
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import plots
from benchmarks.machine import machine, versions
from benchmarks.single_pass import requests_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLOT = "live-tables.svg"


@dataclass
class Reading:
    """One program on one table, over its runs."""

    program: str
    rate: float
    order: str
    requests: list[int] = field(default_factory=list)
    proven: list[bool | None] = field(default_factory=list)
    lost: int = 0
    measured_on: str = ""


class Table(NamedTuple):
    """What was read, how often, by whom."""

    rows: int
    page_size: int
    runs: int
    quiet_runs: int
    programs: Sequence[str]
    windows: str
    """The stream that windows read, and in how many pages."""

    windows_pages: int


def write(readings: Sequence[Reading], table: Table, docs: Path, command: str) -> None:
    """Write the page, and the plot where there is what draws it."""
    drawn = importlib.util.find_spec("pygal") is not None
    if drawn:
        _plot(readings, table.programs, docs / PLOT)
    page = _page(readings, table, command, drawn=drawn)
    (docs / "live-tables.md").write_text(page, encoding="utf-8")


CAUSES = """\
Why rows are lost: a program that reads by page numbers misses a row that moves to an earlier page
when another is deleted before it; that is what the plain SDK tap loses. Its bookmark does not pass
the moment at which its run began. That of dlt is the greatest time that came: what was changed
during the run, behind the reader and before the last change that it met, lies before the bookmark
and is not asked for again. With dlt's `lag`, by which its next run goes back, it loses what the
plain tap loses, and asks as often; it is 0 where nobody sets it.

All times are written in one form here (UTC, six digits). In the marketplace API's own mix of
offsets dlt loses more, for it compares them as text: of 200 rows at 5 edits per page 53 were
missing after three runs, and 16 in one form.
""".splitlines()

VIRTUAL = """\
Requests of keyset reading in virtual time: 500 pages of 100 records, a quarter of a second each,
60 % changes, 30 % new records, 10 % deletes. *Proven* says whether both runs were, in one
pass each, and nothing is missing.
""".splitlines()
VIRTUAL.append("")

LEAST = """\
The last figure is near the least there can be: 18,000 edits in an hour touch 10,800 times one of
50,000 rows, which are some 9,700 different ones, and bring 5,400 new ones; 10 % of the edits delete
some of both. Each of the some 14,950 that are left has to be sent, and a page holds 100: 150 pages.
""".splitlines()


def row(reading: Reading) -> str:
    """Return a line of the table."""
    judged = [proven for proven in reading.proven if proven is not None]
    verdict = f"{sum(judged)} of {len(judged)}" if judged else "not judged"
    requests = " / ".join(str(number) for number in reading.requests)
    cells = (f"{reading.rate:g}", reading.order, reading.program, reading.lost, verdict, requests)
    return f"| {' | '.join(map(str, cells))} |"


def _page(readings: Sequence[Reading], table: Table, command: str, *, drawn: bool) -> str:
    """Return the page about what came of it."""
    names = ", ".join(f"{name} {version}" for name, version in versions().items())
    hardware = ", ".join(f"{name}: {value}" for name, value in machine().items())
    days = sorted({reading.measured_on for reading in readings})
    lines = [
        "# Live tables: who loses rows, and what it costs",
        "",
        (
            f"A table of {table.rows} records in pages of {table.page_size} is edited with each "
            "request for a page (60 % changes, 30 % new records, 10 % deletes). Every program "
            f"reads it {table.runs} times, once an hour, and asks for what changed since its "
            f"last run; then {table.quiet_runs} times more while nobody edits. *Lost* are the "
            "records that the server holds at the end and the program never wrote as they are: who "
            "has not got them by now never will. *Order* is what the server serves where nobody "
            "asks for an order: by key, or the oldest or the newest change first. One request "
            "takes a quarter of a second by the server's clock, and each program's own clock "
            "agrees with it; "
            f"windows read {table.windows}, which has no modification time, in full each time in "
            f"{table.windows_pages} pages of 100, and are judged by its keys."
        ),
        "",
        *([f"![rows lost by each program]({PLOT})", ""] if drawn else []),
        "| edits per page | order | program | rows lost | runs proven | requests of the runs |",
        "|---|---|---|---|---|---|",
        *map(row, readings),
        "",
        (
            "The tap says of a run that is not proven that it is not; its bookmark then stays, and "
            "the next run reads the span again. How the ways of reading work: "
            "[completeness.md](completeness.md)."
        ),
        "",
        *CAUSES,
        "",
        "## A long table",
        "",
        *_in_virtual_time(),
        "",
        (f"Measured on {' and '.join(days)} by `{command}` ({hardware}; {names})."),
    ]
    return "\n".join(lines) + "\n"


@cache
def _in_virtual_time() -> list[str]:
    """What keyset reading asks for, in a simulation."""
    return [*VIRTUAL, *requests_in_virtual_time(), "", *LEAST]


def _plot(readings: Sequence[Reading], programs: Sequence[str], path: Path) -> None:
    """Draw a bar for each program at each rate of edits, the orders together."""
    rates = sorted({reading.rate for reading in readings})
    orders = len({reading.order for reading in readings})
    chart = import_module("pygal").Bar(
        title=f"Rows lost for good, {orders} orders together"
        if orders > 1
        else "Rows lost for good",
        print_values=True,
        **plots.look(),
    )
    chart.x_labels = [f"{rate:g} edits per page" for rate in rates]
    for program in programs:
        lost = Counter[float]()
        for each in readings:
            if each.program == program:
                lost[each.rate] += each.lost
        chart.add(program, [lost.get(rate) for rate in rates])
    path.write_bytes(chart.render())
