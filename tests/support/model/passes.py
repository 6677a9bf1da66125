"""Every course of a few edits during counting passes, over the code that judges them.

`python -m tests.support.model.passes [--edits 3]` plays larger worlds; with two edits it takes some
minutes.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from tap_analytics.completeness.proof import CompletenessProof
from tests.support.model.courses import play_all, write_findings
from tests.support.moving_table import EDITS, Reader, Table, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.model.courses import Finding
    from tests.support.model.tape import Tape

ORDERS = ("place", "modified", "newest first")


@dataclass(slots=True)
class EditedTable(Table):
    """A table that is edited so many times at most."""

    left: int = 0

    def live(self) -> None:
        """Let some edits happen, or none."""
        while self.left and (what := self.tape.choose(EDITS + 1)):
            self.left -= 1
            self._edit(what - 1)


def check(world: World, edits: int, rules: type[CompletenessProof] = CompletenessProof) -> Finding:
    """Play every course of a world, up to the first one that loses a row."""
    return play_all(world, lambda tape: _play(world, edits, tape, rules))


def _play(
    world: World, edits: int, tape: Tape, rules: type[CompletenessProof]
) -> tuple[bool, set[int]]:
    """Whether it was proven, and the keys of the rows that are missing or wrong all the same."""
    table = EditedTable(world, tape, left=edits)  # type: ignore[arg-type]  # it chooses, too
    before = set(table.ever)
    reader = Reader(
        table, rules(changes_come_again=world.replication_key, page_size=world.page_size)
    )
    verdict = reader.read()
    if verdict is None or not verdict.proven:
        return False, set()
    throughout = before & {row.key for row in table.rows}
    missing = throughout - reader.target.keys()
    wrong = {key for key in throughout - table.touched if reader.target.get(key)}
    return True, missing | wrong


def worlds(most_rows: int) -> Iterator[World]:
    """Servers that declare a total, and tell when a row changed."""
    for order, rows, page_size, width, counts_first in product(
        ORDERS, range(2, most_rows + 1), (1, 2), (1, 2), (False, True)
    ):
        if page_size < rows:
            yield World(
                rows,
                page_size,
                order,
                declares_total=True,
                replication_key=True,
                width=width,
                counts_first=counts_first,
                young_list=width > 1,
            )


def main() -> None:
    """Play all worlds, and write how many courses each has."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=2)
    parser.add_argument("--rows", type=int, default=4)
    given = parser.parse_args()
    write_findings(worlds(given.rows), lambda world: check(world, given.edits))


if __name__ == "__main__":
    main()
