"""Every course of a few edits while records are read that are in lists within a list.

`python -m tests.support.model.nested [--edits 2] [--width 2]` plays all worlds.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from tap_analytics.completeness.nested_proof import NestedProof
from tap_analytics.rest.response.extractor import PageInfo
from tests.support.model.courses import play_all, write_findings
from tests.support.moving_table import Reader, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.completeness.page_facts import PageObservation
    from tests.support.model.courses import Finding
    from tests.support.model.tape import Tape
    from tests.support.moving_table import Answer

CUTS = ("orders", "lines")
EDITS = 6


@dataclass(frozen=True, slots=True)
class Shop:
    """A server that has orders with lines."""

    lines: tuple[int, ...]
    """How many lines each order has."""
    page_size: int
    cuts: str
    """What is cut into pages: the orders, or the lines, which are grouped by order then."""
    declares_total: bool
    width: int = 1
    replication_key: ClassVar[bool] = False
    young_list: ClassVar[bool] = False


class Lines(list[Row]):
    """The lines of a page, and a hash of each order that they are in."""

    items: tuple[int, ...] = ()


@dataclass(slots=True)
class Orders:
    """The orders in their order of insertion; each is its number and its lines."""

    world: Shop
    tape: Tape
    left: int
    """How many edits are to come."""
    now: int = 0
    rows: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    ever: set[tuple[int, tuple[int, ...]]] = field(default_factory=set)
    last: int = 0

    def __post_init__(self) -> None:
        """Fill the table."""
        self.rows = [(self._new(), self._some(lines)) for lines in self.world.lines]
        self.ever = {*self.rows}

    def _new(self) -> int:
        self.last += 1
        return self.last

    def _some(self, lines: int) -> tuple[int, ...]:
        return tuple(self._new() for _ in range(lines))

    @property
    def keys(self) -> set[int]:
        """The keys of all lines."""
        return {line for _, lines in self.rows for line in lines}

    def live(self) -> None:
        """Let some edits happen, or none."""
        while self.left and (what := self.tape.choose(EDITS + 1)):
            self.left -= 1
            self._edit(what - 1)

    def _edit(self, what: int) -> None:
        """Change something; but no order becomes what it was before."""
        self.now += 1
        place, rows = self.tape.choose(len(self.rows) + 1), list(self.rows)
        if what in {0, 1}:
            rows.insert(place, (self._new(), self._some(what)))
        elif place == len(rows):
            return
        elif what == 2:
            del rows[place]
        elif what == 3:
            other = self.tape.choose(len(rows))
            number, lines = rows[place]
            rows[place] = number, lines[:-1]
            rows[other] = rows[other][0], rows[other][1] + lines[-1:]
        elif what == 4:
            rows[place] = rows[place][0], (*rows[place][1], self._new())
        else:
            rows.insert(self.tape.choose(len(rows)), rows.pop(place))
        if not self.ever & {*rows} - {*self.rows}:
            self.rows = rows
            self.ever |= {*rows}

    def answer(self, page: int) -> tuple[Lines, PageInfo]:
        """The lines of a page, and what the answer says besides them."""
        size = self.world.page_size
        start, end = (page - 1) * size, page * size
        if self.world.cuts == "orders":
            found = self.rows[start:end]
            total = len(self.rows)
        else:
            each = [(number, line) for number, lines in self.rows for line in lines]
            total, each = len(each), each[start:end]
            found = [
                (number, tuple(line for of, line in each if of == number))
                for number in dict.fromkeys(number for number, _ in each)
            ]
        lines = Lines(Row(line, 0) for _, of in found for line in of)
        lines.items = tuple(map(hash, found))
        listed = len(found) if self.world.cuts == "orders" else len(lines)
        beyond = not found and page > 1
        declared = total if self.world.declares_total and not beyond else None
        return lines, PageInfo(records=listed, total=declared)


class NestedReader(Reader):
    """Reads orders as the tap does."""

    def _fact(self, number: int, answer: Answer) -> PageObservation:
        rows, _ = self._of(answer)
        assert isinstance(rows, Lines)
        fact = super()._fact(number, answer)
        records = len(rows) or len(rows.items)
        return replace(fact, records=records, items=rows.items, digest=hash(rows.items))


def play(
    world: Shop, edits: int, tape: Tape, rules: type[NestedProof] = NestedProof
) -> tuple[bool, set[int]]:
    """Whether it was proven, and the lines that are missing all the same."""
    table = Orders(world, tape, edits)
    before = table.keys
    reader = NestedReader(table, rules(page_size=world.page_size))  # type: ignore[arg-type]  # it has orders for rows
    verdict = reader.read()
    if verdict is None or not verdict.proven:
        return False, set()
    return True, (before & table.keys) - reader.target.keys()


def check(world: Shop, edits: int, rules: type[NestedProof] = NestedProof) -> Finding:
    """Play every course of a world, up to the first one that loses a line."""
    return play_all(world, lambda tape: play(world, edits, tape, rules))


def worlds(*widths: int) -> Iterator[Shop]:
    """Servers with some orders, with and without lines, asked for so many pages at a time."""
    for lines, page_size, cuts, declares_total, width in product(
        [(1, 1), (1, 0, 2), (2, 1, 1)], (1, 2), CUTS, (False, True), widths
    ):
        if page_size < len(lines):
            yield Shop(lines, page_size, cuts, declares_total, width)


def main() -> None:
    """Play all worlds, and write how many courses each has."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=2)
    parser.add_argument("--width", type=int, default=1)
    given = parser.parse_args()
    widths = range(1, given.width + 1)
    write_findings(worlds(*widths), lambda world: check(world, given.edits))


if __name__ == "__main__":
    main()
