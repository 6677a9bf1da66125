"""One of the buckets that the ledger keeps its rows in: sorted, and what is still to be sorted in.

Keys are found by bisection. A bucket grows by pieces: arrays that grow side by side leave a third
of their memory in holes. Beside the hash of the contents stands a span (see `ledger.py`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

PIECE = 512
"""The most rows in a sorted piece."""

CONTENTS = 2**56 - 1
"""The bits of the contents, beside those of the span."""
FIRST, LAST = 15 << 60, 15 << 56
"""The bits of the first and of the last stretch of a span."""

THIS_PASS = 1
"""The mark of a key that the pass has read."""

_LEAST = -(2**63)
# What an empty bucket has; shared, and never written to.
_NO_KEYS, _NO_CONTENTS, _FIRST_KEY = array("q"), array("Q"), array("q", [_LEAST])


def kept(contents: int, span: int) -> int:
    """What is kept of a row: 56 bits of the hash of its contents, and its span in a byte."""
    return contents & CONTENTS | span << 56


def differ(before: int, contents: int) -> bool:
    """Whether contents differ, whatever their spans are."""
    return bool((before ^ contents) & CONTENTS)


def renewed(before: int, contents: int, span: int) -> int:
    """What is kept of a row that comes again: its first stretch, and now other contents."""
    return before & FIRST | contents & CONTENTS | span & LAST


class Bucket:
    """Keys known from earlier passes, sorted, and those that this pass found."""

    __slots__ = ("contents", "firsts", "fresh_contents", "fresh_keys", "keys", "marks")

    def __init__(self) -> None:
        """Start empty."""
        self.keys = [_NO_KEYS]
        self.contents = [_NO_CONTENTS]
        self.firsts = _FIRST_KEY
        """Of each piece its first key; of the first piece one that none lies before."""
        self.marks = bytearray()
        self._forget_fresh()

    def _forget_fresh(self) -> None:
        self.fresh_keys: list[array[int]] = []
        self.fresh_contents: list[array[int]] = []

    def open_keys(self) -> array[int]:
        """The piece that fresh keys are to be appended to."""
        return _open("q", self.fresh_keys)

    def open_contents(self) -> array[int]:
        """The piece that what is kept of fresh rows is to be appended to, in the order of keys."""
        return _open("Q", self.fresh_contents)

    def distinct(self) -> int | None:
        """How many fresh keys there are; None where one came twice."""
        keys = {*chain(*self.fresh_keys)}
        return len(keys) if len(keys) == sum(map(len, self.fresh_keys)) else None

    def find(self, key: int) -> tuple[int, int | None]:
        """The piece that a known key is in or would be in, and its place there, None if unknown."""
        number = bisect_right(self.firsts, key) - 1
        piece = self.keys[number]
        place = bisect_left(piece, key)
        return number, place if place < len(piece) and piece[place] == key else None

    def settle(self, mark: int = THIS_PASS) -> tuple[int, int, int]:
        """Take the fresh keys among the known ones.

        Args:
            mark: What they are marked with.

        Returns:
            New distinct keys, conflicts and duplicates among the new.
        """
        conflicts = duplicates = 0
        fresh: dict[int, int] = {}
        for key, contents in zip(chain(*self.fresh_keys), chain(*self.fresh_contents), strict=True):
            before = fresh.get(key)
            if before is None:
                fresh[key] = contents
                continue
            differs = differ(before, contents)
            duplicates += not differs
            conflicts += differs
            fresh[key] = renewed(before, contents, contents)
        if fresh:
            known = zip(chain(*self.keys), chain(*self.contents), self.marks, strict=True)
            new = ((key, contents, mark) for key, contents in fresh.items())
            merged = sorted(chain(known, new))
            # Let go first: the new pieces fit where the old ones were.
            self._forget_fresh()
            self.keys.clear()
            self.contents.clear()
            self.keys = _pieces("q", [key for key, _, _ in merged])
            self.firsts = array("q", [_LEAST, *(piece[0] for piece in self.keys[1:])])
            self.contents = _pieces("Q", [contents for _, contents, _ in merged])
            self.marks = bytearray(merged_mark for _, _, merged_mark in merged)
        return len(fresh), conflicts, duplicates


def _open(code: Literal["q", "Q"], pieces: list[array[int]]) -> array[int]:
    """The last piece, or a new one where it is full."""
    if not pieces or len(pieces[-1]) >= PIECE // 2:
        pieces.append(array(code))
    return pieces[-1]


def _pieces(code: Literal["q", "Q"], values: list[int]) -> list[array[int]]:
    return [array(code, values[start : start + PIECE]) for start in range(0, len(values), PIECE)]
