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
    return HEAD + "\n".join(lines) + "\n" + shown + TAIL + section(columns)
