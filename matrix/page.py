"""The matrix as a page of the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .declared import section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cells import Differences
    from .declared import Columns
    from .targets import Target


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
"""
COSTS = """
## PostgreSQL: what its settings cost

CPU seconds of meltanolabs-target-postgres 0.8.1 for 50,000 records of 17 fields that are all new,
and of the pipe with the tap (two rounds of `python -m benchmarks --only postgres` on 2026-11-30, on
a busy machine; [benchmarks.md](benchmarks.md) has the last whole run). Every cell was equal, but
for the columns `_sdc_…`.

| settings | target | pipe | defaults over these |
|---|---|---|---|
| its defaults | 10.6, 10.8 | 12.1, 12.4 | |
| `validate_records: false` | 5.8, 5.8 | 7.1, 7.1 | 1.7 times |
| the same, no `add_record_metadata`, no `activate_version` | 5.0, 5.3 | 6.1, 6.6 | 1.9 times |
| `validate_records: false`, `use_copy: true` | 4.5, 4.4 | 5.8, 5.7 | 2.1 times |

- `validate_records: false` is safe: the tap sends no value that does not fit its schema.
- `add_record_metadata: false` leaves out the columns `_sdc_…`, and with them `activate_version`:
  take it where nobody reads them, and no deletions are to be followed
  (`emit_activate_version_messages`).
- `use_copy: true` turns the numbers of `number` fields into doubles: of more than 15 digits, some
  may change. Whole numbers, numbers within objects and lists, and all other fields stay as they
  are.
- A larger or smaller `batch_size_rows` (2,000, 10,000, 50,000: 5.7, 5.6, 5.4 s, one run each) and
  the driver psycopg2 (a tenth dearer) gain nothing worth having.
"""
"""Measured apart, and so written by hand."""


@dataclass
class Result:
    """What became of one target."""

    target: Target
    error: str = ""
    """Why there is nothing to compare."""
    found: Differences | None = None
    records: int = 0
    cells: int = 0
    states: int = 0
    """Of the three runs, those after which the target let a state out."""

    def surprises(self) -> list[str]:
        """Return what happened that is not known of this target."""
        if self.found is None:
            return [self.error]
        found = [f"{what}: {cell}" for what, cell in self.found.examples.items()]
        return [
            *(text for text in found if text.partition(":")[0] not in self.target.known),
            *([f"{len(self.found.missing)} records missing"] if self.found.missing else []),
            *([f"{self.found.extra} records too many"] if self.found.extra else []),
        ]


def page(results: Iterable[Result], columns: Iterable[Columns]) -> str:
    """Return the page: what was loaded, and which columns the others would create."""
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
    return HEAD + "\n".join(lines) + "\n" + shown + TAIL + COSTS + section(columns)
