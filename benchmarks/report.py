"""The report in Markdown, made from the samples of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import data, pipelines, programs, stats
from benchmarks.goals import goals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.archive import Run
    from benchmarks.goals import Goal
    from benchmarks.measure import Sample
    from benchmarks.runner import Results
    from benchmarks.stats import Spread

_WHOLE = 100
"""From here on decimals say nothing."""

INTRODUCTION = """\
# Benchmarks

tap-analytics beside its peers: the same pages from the same server, in one run, each peer once a
round and the rounds one after the other. Whole processes are measured: start, imports, reading,
writing to a file. A peer that fails, or whose rows are not exactly those that were served, has
no result. Medians, with the lowest and the highest in brackets; ratios are taken pair by pair
within a round. The peak of a pipe is the sum of its processes' peaks; that of Meltano is the peak
of the largest process, and its CPU time that of all. What a server or a database needs is not
counted.

This file is written by `uv run --group bench python -m benchmarks`.
"""

PEERS = """\
- **tap-analytics**: as installed, with `verify` and `concurrency` at their defaults.
- **plain SDK tap**: what the Meltano SDK's template gives, on the SDK's stock writer or its msgspec
  writer.
- **dlt extract**: dlt's REST API source up to its files of extracted rows, which it compresses
  unless told not to.
- **dlt pipeline**: the same source with merge into DuckDB, once as it comes, with tables for nested
  lists and `INSERT` statements, once with one table and its faster file format, which is the
  table that target-duckdb makes.
- **meltano run**: the project's own `meltano.yml`. What it adds to the pipe of tap and target is
  Meltano's.
- **before**: the same of an older commit of this project.
- **target-postgres**: meltanolabs-target-postgres, with its defaults and otherwise as
  [targets.md](targets.md) says.
- **bare loop**: requests, and msgspec to decode and encode. No schema, no state, no checks.
- Only tap-analytics converts dates, counts what it can't convert,
  and proves that nothing is missing.
"""


def report(run: Run, plots: Sequence[str]) -> str:
    """Return the whole report; `plots` are the file names of the plots beside it."""
    results = run.results
    parts = [INTRODUCTION, _facts(run), PEERS]
    parts.append("## Goals\n\n" + goals_table(goals(results, run.sizes)))
    parts += [f"![{name.removesuffix('.svg')}]({name})\n" for name in plots]
    parts += sections(results)
    if results.failures:
        head = ("scenario", "peer", "what went wrong")
        parts.append("## Failed\n\n" + _table(head, results.failures))
    if results.left_out:
        rows = list(results.left_out.items())
        parts.append("## Not measured\n\n" + _table(("peer", "why"), rows))
    return "\n".join(parts)


def _facts(run: Run) -> str:
    """Tell what was run, when and on what."""
    commands = ", then ".join(f"`{command}`" for command in run.commands)
    facts = {"date": run.date, "command": commands} | run.machine
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    if run.results.before:
        facts["before"] = f"commit {run.results.before}"
    facts["server"] = ", ".join(dict.fromkeys(run.results.servers.values()))
    record = (
        f"{len(data.record(0))} fields with nested objects and lists, {data.mean_bytes()} bytes"
    )
    facts["a record"] = f"{record} on average"
    return _table(("", ""), list(facts.items()))


def goals_table(found: Iterable[Goal]) -> str:
    """Return the table of goals and results."""
    rows = []
    for goal in found:
        sign = "≥" if goal.at_least else "≤"
        measured = "not measured" if goal.measured is None else _spread(goal.measured, goal.unit)
        verdict = {True: "met", False: "**missed**", None: ""}[goal.met]
        rows.append((goal.text, f"{sign} {goal.limit:g}{goal.unit}", measured, verdict))
    return _table(("goal", "wanted", "measured", ""), rows)


def sections(results: Results) -> list[str]:
    """Return a section with its table for each scenario that was measured."""
    return [_scenario(results, name) for name in results.titles if results.peers(name)]


def _scenario(results: Results, name: str) -> str:
    peers = results.peers(name)
    wanted = (programs.PLAIN, pipelines.POSTGRES, pipelines.DLT_FLAT_TO_DUCKDB, programs.BARE)
    baseline = next((each for each in wanted if each in peers), peers[-1])
    head = ("peer", "rows/s", "speed", "CPU seconds", "CPU", "peak MB", "peak", "seconds")
    rows = [_row(results, name, peer, baseline) for peer in peers]
    rounds = max(len(results.of(name, peer)) for peer in peers)
    drain = results.drains.get(name)
    floor = f" Fetching every page and doing nothing with it: {drain:.2f} s." if drain else ""
    load = f" Load when it began: {results.loads[name]:.1f}." if name in results.loads else ""
    parts = "".join(_parts(results, name, peer) for peer in peers)
    text = (
        f"\nSpeed, CPU and peak as multiples of: {baseline}. Rounds: {rounds}. "
        f"Server: {results.servers[name]}.{floor}{parts}{load}\n"
    )
    return f"## {results.titles[name]}\n\n{_table(head, rows)}{text}"


def _parts(results: Results, name: str, peer: str) -> str:
    """Return a sentence with the CPU seconds of each process of a pipe; "" for one process."""
    runs = results.of(name, peer).values()
    parts = list(zip(*(run.cpu_of_parts for run in runs), strict=True))
    if len(parts) < len(("tap", "target")):
        return ""
    shown = " and ".join(_spread(stats.spread(part)) for part in parts)
    return f" CPU seconds of the parts of {peer}: {shown}."


def _row(results: Results, name: str, peer: str, baseline: str) -> Sequence[str]:
    """Return a peer's line in the table of a scenario."""

    def measured(value: Callable[[Sample], float]) -> str:
        return _spread(stats.of(results, name, peer, value))

    def ratio(value: Callable[[Sample, Sample], float]) -> str:
        found = stats.pairs(results, (name, peer), (name, baseline), value)
        return _spread(found) if found else ""

    return (
        peer,
        measured(lambda sample: sample.rows / sample.wall),
        ratio(stats.times_as_fast),
        measured(lambda sample: sample.cpu),
        ratio(lambda ours, theirs: ours.cpu / theirs.cpu),
        measured(lambda sample: sample.peak / 1e6),
        ratio(lambda ours, theirs: ours.peak / theirs.peak),
        measured(lambda sample: sample.wall),
    )


def _spread(values: Spread, unit: str = "") -> str:
    """Return the median, and the range where there is one."""
    text = f"{_number(values.median)}{unit}"
    if values.low == values.high:
        return text
    return f"{text} ({_number(values.low)} to {_number(values.high)})"


def _number(value: float) -> str:
    """Return three or four digits that count."""
    if 0 < abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:.2f}" if 0 < abs(value) < _WHOLE else f"{value:,.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
