"""Which worlds are played: small ones with every run of the tests, large ones by command."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.support.model.table import World

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS = {
    "in order": World(),
    "ties": World(times=(0, 0, 0, 1)),
    "more ties": World(times=(0, 0, 0, 0, 1)),
    "ties that show their order": World(times=(0, 0, 0, 0, 1), ties_show_order=1),
    "ties in any order": World(times=(0, 0, 0, 1), order_varies=True),
    "whole seconds": World(whole_seconds=True),
    "whole seconds, excluding": World(whole_seconds=True, includes=False),
    "whole seconds, comparing no less": World(whole_seconds=True, includes=False, truncates=True),
    "excluding": World(times=(0, 0, 1, 2), includes=False),
    "says nothing of the end": World(says_more=False),
    "ties, says nothing of the end": World(times=(0, 0, 0, 1), says_more=False),
    "all on a page": World(times=(0, 1, 1), page_size=4, says_more=False),
    "all on a full page": World(times=(0, 1, 1), page_size=3, says_more=False),
    "caps responses": World(times=(0, 1, 2, 3, 4), page_size=3, says_more=False, caps=True),
    "caps responses, says that more follows": World(times=(0, 1, 2, 3, 4), page_size=3, caps=True),
    "counts before it selects": World(counts_first=True),
    "late commits": World(latest=2),
    "late commits to young rows": World(begins=4, latest=2),
    "declares a total": World(times=(0, 1, 2, 3, 4), declares_total=True),
    "ties, declares a total": World(times=(0, 0, 0, 1, 2), declares_total=True),
    "emptied": World(times=(0, 1, 2, 3, 4), clears=True),
    "emptied, says nothing of the end": World(clears=True, says_more=False),
    "emptied, a filter in another time zone": World(times=(0, 1, 2, 3), shift=2, clears=True),
    "any rows": World(
        order="sample", times=tuple(range(20)), begins=40, page_size=8, declares_total=True
    ),
    "by key": World(order="key"),
    "by key, touched first": World(order="key", times=(2, 0, 1, 3)),
    "by insertion": World(order="heap"),
    "cut before it is sorted": World(order="page"),
    "cut before it is sorted, says nothing of the end": World(order="page", says_more=False),
    "by insertion, says nothing of the end": World(
        order="heap", times=(0, 1, 2), page_size=3, says_more=False
    ),
    "counts before it selects, says nothing of the end": World(
        order="heap", times=(0, 1, 2), page_size=3, says_more=False, counts_first=True
    ),
    "a filter in another time zone": World(times=(0, 1, 2, 3, 4), shift=2),
    "a filter that is little too late": World(times=(0, 1, 2, 3, 4), shift=1, says_more=False),
    "a filter that is far too late": World(times=(0, 1, 2, 3, 4), shift=60, says_more=False),
    "no filter": World(filters="all"),
    "no filter, ties": World(times=(0, 0, 0, 1), filters="all"),
}
MINUS_ALONE = World(order="key, as asked", declares_total=True, edits=0, kills=True, runs=2)
"""A server that sorts by its key whatever field it is asked for. What it leaves out while nobody
edits the table is seen by its total; a record that comes meanwhile hides one that is left out."""

PARTS = {
    "two parts": World(times=(0, 1, 2, 3, 4), width=2),
    "two parts of ties": World(times=(0, 0, 1, 1, 1), width=2),
    "two parts, whole seconds": World(times=(0, 1, 2, 3, 4), width=2, whole_seconds=True),
    "two parts, a filter in another time zone": World(times=(0, 1, 2, 3, 4), width=2, shift=1),
    "two longer parts": World(times=(0, 1, 2, 3, 4, 5, 6), width=2, part_pages=2),
}


MAIN = (
    "in order",
    "ties",
    "whole seconds",
    "excluding",
    "says nothing of the end",
    "late commits",
    "by key",
    "by insertion",
    "cut before it is sorted",
    "emptied",
)
"""Servers on which more happens."""


def small() -> Iterator[tuple[str, World]]:
    """Worlds for every run of the tests: seconds."""
    for name, world in SERVERS.items():
        yield name, replace(world, edits=1, whims=1)
        if name in MAIN:
            yield f"{name}, killed", replace(world, edits=1, runs=2, kills=True)
    for name in ("in order", "ties", "by key", "by insertion"):
        yield f"{name}, two edits", replace(SERVERS[name], edits=2)
    for name, world in PARTS.items():
        yield name, replace(world, edits=0)
    yield "two parts, an edit", replace(PARTS["two parts"], edits=1)
    for times in permutations(range(4)):
        yield f"heeds the minus alone, {times}", replace(MINUS_ALONE, times=times)


def large() -> Iterator[tuple[str, World]]:
    """Worlds for a command: minutes. Each is played to its end, and the longest ones first."""
    for name, world in PARTS.items():
        yield f"{name}, an edit", replace(world, edits=1)
    two = replace(PARTS["two parts"], edits=1)
    yield "two parts, an edit, killed", replace(two, runs=2, kills=True)
    yield "two parts, late commits", replace(two, latest=2)
    for name in ("in order", "ties", "by key"):
        yield f"{name}, three edits", replace(SERVERS[name], edits=3)
    for name in MAIN:
        few = replace(SERVERS[name], times=SERVERS[name].times[:3], edits=2, runs=3)
        yield f"{name}, three rows, two edits, three runs", few
    for name, world in SERVERS.items():
        whims = replace(world, edits=1, whims=1)
        yield f"{name}, an edit, two runs, killed", replace(whims, runs=2, kills=True)
        if not (world.order_varies or world.caps):
            yield f"{name}, two edits", replace(world, edits=2)
        if world.page_size == 2:
            for size in (1, 3):
                yield f"{name}, pages of {size}, an edit", replace(whims, page_size=size)
    for times in permutations(range(5)):
        yield f"heeds the minus alone, {times}", replace(MINUS_ALONE, times=times)
