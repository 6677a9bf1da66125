"""Which keys were read, and with what contents, in some 20 bytes a row.

A dict of Python integers would take over 100. Keys are 64-bit hashes in 256 buckets; at the end of
a pass each bucket is sorted, so that the next pass finds a key by bisection and marks it. Buckets
grow by pieces of one size: arrays that grow side by side leave a third of their memory in holes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

BUCKETS = 256
PIECE = 512
"""The most rows in a piece."""

_MASK = BUCKETS - 1
_LEAST = -(2**63)
_THIS_PASS = 1
_PASS_BEFORE = 2
_BOTH = _THIS_PASS | _PASS_BEFORE
_NEXT_PASS = bytes((mark & _THIS_PASS) * _PASS_BEFORE for mark in range(256))
"""What a mark of this pass is to the next one."""


class PassCounts(Struct, frozen=True):
    """The count of a pass."""

    distinct: int
    certain: int
    """Rows that were certainly there when the pass began."""
    conflicts: int
    """Keys that came twice in the pass with different contents."""
    duplicates: int
    """Keys that came twice with the same contents."""
    vanished: int
    """Keys that the pass before read and this one did not."""


class _Bucket:
    """Keys known from earlier passes, sorted, and those that this pass found."""

    __slots__ = ("contents", "firsts", "fresh_contents", "fresh_keys", "keys", "marks")

    def __init__(self) -> None:
        self.keys = [array("q")]
        self.contents = [array("q")]
        self.firsts = array("q", [_LEAST])
        """Of each piece its first key; of the first piece one that none lies before."""
        self.marks = bytearray()
        self.forget_fresh()

    def forget_fresh(self) -> None:
        self.fresh_keys = [array("q")]
        self.fresh_contents = [array("q")]

    def append(self, key: int, contents: int) -> None:
        keys = self.fresh_keys[-1]
        if len(keys) == PIECE:
            keys = array("q")
            self.fresh_keys.append(keys)
            self.fresh_contents.append(array("q"))
        keys.append(key)
        self.fresh_contents[-1].append(contents)

    def find(self, key: int) -> tuple[int, int | None]:
        """The piece that a known key is in or would be in, and its place there, None if unknown."""
        number = bisect_right(self.firsts, key) - 1
        piece = self.keys[number]
        place = bisect_left(piece, key)
        return number, place if place < len(piece) and piece[place] == key else None

    def settle(self, mark: int = _THIS_PASS) -> tuple[int, int, int]:
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
            if before is not None:
                duplicates += before == contents
                conflicts += before != contents
            fresh[key] = contents
        if fresh:
            known = zip(chain(*self.keys), chain(*self.contents), self.marks, strict=True)
            new = ((key, contents, mark) for key, contents in fresh.items())
            merged = sorted(chain(known, new))
            # Let go first: the new pieces fit where the old ones were.
            self.forget_fresh()
            self.keys.clear()
            self.contents.clear()
            self.keys = _pieces([key for key, _, _ in merged])
            self.firsts = array("q", [_LEAST, *(piece[0] for piece in self.keys[1:])])
            self.contents = _pieces([contents for _, contents, _ in merged])
            self.marks = bytearray(merged_mark for _, _, merged_mark in merged)
        return len(fresh), conflicts, duplicates


def _pieces(values: list[int]) -> list[array[int]]:
    return [array("q", values[start : start + PIECE]) for start in range(0, len(values), PIECE)]


class SeenKeys:
    """The keys of one stream over its passes."""

    def __init__(self) -> None:
        """Start empty."""
        self._buckets: defaultdict[int, _Bucket] = defaultdict(_Bucket)
        self._known = False
        self.begin()

    def begin(self) -> None:
        """A pass starts: what is known counts as not yet seen."""
        self.uncertain = self._conflicts = self._duplicates = 0
        for bucket in self._buckets.values():
            bucket.marks = bucket.marks.translate(_NEXT_PASS)
            # What came before the pass is known, but neither of it nor of the pass before.
            bucket.settle(mark=0)

    def add_before(self, key: int, contents: int) -> bool:
        """Note a row that is there before the next pass begins.

        Met again in the pass it is certain; not met, it counts as nothing.

        Args:
            key: A signed 64-bit hash of its key.
            contents: A signed 64-bit hash of its contents.

        Returns:
            Whether it is new, or differs from what an earlier pass read.
        """
        bucket = self._buckets[key & _MASK]
        number, place = bucket.find(key) if self._known else (0, None)
        self._known = True
        if place is None:
            bucket.append(key, contents)
            return True
        piece = bucket.contents[number]
        differs = piece[place] != contents
        piece[place] = contents
        return differs

    def add(self, key: int, contents: int, *, certain: bool) -> bool:
        """Note a row.

        Args:
            key: A signed 64-bit hash of its key.
            contents: A signed 64-bit hash of its contents.
            certain: Whether it was certainly there before the pass began.

        Returns:
            Whether it is new, or differs from what an earlier pass read.
        """
        bucket = self._buckets[key & _MASK]
        if self._known:
            number, place = bucket.find(key)
            if place is not None:
                return self._again(bucket, number, place, contents)
        bucket.append(key, contents)
        if not certain:
            self.uncertain += 1
        return True

    def _again(self, bucket: _Bucket, number: int, place: int, contents: int) -> bool:
        """A key that an earlier pass read already: the row was there before this pass began."""
        piece, mark = bucket.contents[number], number * PIECE + place
        differs = piece[place] != contents
        if bucket.marks[mark] & _THIS_PASS:
            self._conflicts += differs
            self._duplicates += not differs
        bucket.marks[mark] |= _THIS_PASS
        piece[place] = contents
        return differs

    def vanished_among(self, keys: Iterable[int], most: int) -> list[int]:
        """The first of these keys that the pass before read and this one did not.

        Args:
            keys: Hashes of keys.
            most: How many are wanted.
        """
        return list(islice(filter(self._vanished, keys), most))

    def _vanished(self, key: int) -> bool:
        bucket = self._buckets[key & _MASK]
        number, place = bucket.find(key)
        return place is not None and bucket.marks[number * PIECE + place] == _PASS_BEFORE

    def end(self) -> PassCounts:
        """Count the pass, and keep its keys for the next."""
        again = vanished = distinct = 0
        conflicts, duplicates = self._conflicts, self._duplicates
        for bucket in self._buckets.values():
            in_both, only_now = bucket.marks.count(_BOTH), bucket.marks.count(_THIS_PASS)
            again += in_both + only_now
            vanished += bucket.marks.count(_PASS_BEFORE)
            new, new_conflicts, new_duplicates = bucket.settle()
            distinct += new
            conflicts += new_conflicts
            duplicates += new_duplicates
        self._known = True
        return PassCounts(
            distinct=again + distinct,
            # An uncertain record read twice is taken off twice: too few is the safe side.
            certain=again + max(0, distinct - self.uncertain),
            conflicts=conflicts,
            duplicates=duplicates,
            vanished=vanished,
        )
