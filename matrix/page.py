"""The matrix as a page of the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .__main__ import Result

HEAD = """\
# Targets

What each Singer target keeps of what the tap sends. `python -m matrix` wrote this page: it
installs each target into an environment of its own, loads three runs of the tap, each from the
state of the last, with records changed and added in between, and compares every cell with what
the tap sent. The sandbox's records hold what breaks loaders: numbers of 18 digits, line breaks,
quotes, empty texts, nulls, nested objects. Of records that came several times, the last counts.
It needs PostgreSQL, and takes some minutes.

| target | lost | changed | state | what to set |
|---|---|---|---|---|
"""
TAIL = """
"State" is the number of runs, of three, after which the target let a state out: without it the
next run starts where the last one did.

## Not loaded here

**Snowflake** and **BigQuery** need an account, so no cell was compared. Read their first load
yourself: the comparison of this page (`matrix/cells.py`) takes any list of records.
"""


def page(results: Iterable[Result]) -> str:
    """Return the page."""
    lines, examples = [], []
    for result in results:
        name = f"{result.target.name} {result.target.variant}".strip()
        found = result.found
        if found is None:
            lines.append(f"| {name} | {result.error} | | | {result.target.advice} |")
            continue
        lost = f"{len(found.missing)} of {result.records} records" if found.missing else "nothing"
        if found.extra:
            lost += f"; {found.extra} too many"
        changed = ", ".join(f"{what}: {count}" for what, count in sorted(found.changed.items()))
        cells = f"{changed} of {result.cells} cells" if changed else "nothing"
        states = f"{result.states} of 3"
        lines.append(f"| {name} | {lost} | {cells} | {states} | {result.target.advice} |")
        examples += [f"- {name}: {what}: {cell}" for what, cell in sorted(found.examples.items())]
    shown = "\n## One cell of each kind\n\n" + "\n".join(examples) + "\n" if examples else ""
    return HEAD + "\n".join(lines) + "\n" + shown + TAIL
