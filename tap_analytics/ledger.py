"""Which keys were read, and with what contents, in about 13 bytes a row.

A dict of Python integers would take over 100. Keys are 64-bit hashes in 256 buckets; at the end of
a pass each bucket is sorted, so that the next pass finds a key by bisection and marks it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

BUCKETS = 256
_MASK = BUCKETS - 1
_LOW_32 = 0xFFFFFFFF
_PRIME = 1_000_003
_MODULUS = (1 << 61) - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """The count of a pass."""

    distinct: int
    certain: int
    """Rows that were certainly there when the pass began."""
    conflicts: int
    """Keys that came twice in the pass with different contents."""
    duplicates: int
    """Keys that came twice with the same contents."""
    confirmed: bool
    """Whether the pass before read the same keys in the same order, before any others."""


class _Bucket:
    """Keys known from earlier passes, sorted, and those that this pass found."""

    __slots__ = ("contents", "fresh_contents", "fresh_keys", "keys", "marks")

    def __init__(self) -> None:
        self.keys = array("q")
        self.contents = array("I")
        self.marks = bytearray()
        self.fresh_keys = array("q")
        self.fresh_contents = array("I")

    def settle(self) -> tuple[int, int, int, int]:
        """Take this pass's keys among the known ones.

        Returns:
            Known keys seen again, new distinct keys, conflicts and duplicates among the new.
        """
        conflicts = duplicates = 0
        fresh: dict[int, int] = {}
        for key, contents in zip(self.fresh_keys, self.fresh_contents, strict=True):
            before = fresh.get(key)
            if before is None:
                pass
            elif before == contents:
                duplicates += 1
            else:
                conflicts += 1
            fresh[key] = contents
        again = sum(self.marks)
        if fresh:
            merged = sorted([*zip(self.keys, self.contents, strict=True), *fresh.items()])
            self.keys = array("q", [key for key, _ in merged])
            self.contents = array("I", [contents for _, contents in merged])
            self.fresh_keys = array("q")
            self.fresh_contents = array("I")
        self.marks = bytearray()
        return again, len(fresh), conflicts, duplicates


class Ledger:
    """The keys of one stream over its passes."""

    def __init__(self) -> None:
        """Start empty."""
        self._buckets = [_Bucket() for _ in range(BUCKETS)]
        self._known = False
        self._earlier = (0, 0)
        self.begin()

    def begin(self) -> None:
        """A pass starts: what is known counts as not yet seen."""
        self._rows = self._young = self._conflicts = self._duplicates = 0
        self._chain = 0
        # Nothing read before agrees with anything.
        self._agrees = self._known and self._earlier == (0, 0)
        for bucket in self._buckets if self._known else ():
            bucket.marks = bytearray(len(bucket.keys))

    def add(self, key: int, contents: int, *, old: bool) -> bool:
        """Note a row.

        Args:
            key: A signed 64-bit hash of its key.
            contents: A hash of its contents.
            old: Whether it was certainly there before the pass began.

        Returns:
            Whether it is new, or differs from what an earlier pass read.
        """
        contents &= _LOW_32
        self._rows += 1
        self._chain = (self._chain * _PRIME + key) % _MODULUS
        if (self._rows, self._chain) == self._earlier:
            self._agrees = True
        bucket = self._buckets[key & _MASK]
        if self._known:
            place = bisect_left(bucket.keys, key)
            if place < len(bucket.keys) and bucket.keys[place] == key:
                return self._again(bucket, place, contents)
        bucket.fresh_keys.append(key)
        bucket.fresh_contents.append(contents)
        if not old:
            self._young += 1
        return True

    def _again(self, bucket: _Bucket, place: int, contents: int) -> bool:
        """A key that an earlier pass read already: the row was there before this pass began."""
        differs = bucket.contents[place] != contents
        if bucket.marks[place]:
            self._conflicts += differs
            self._duplicates += not differs
        bucket.marks[place] = 1
        bucket.contents[place] = contents
        return differs

    def end(self) -> Seen:
        """Count the pass, and keep its keys for the next."""
        again = distinct = 0
        conflicts, duplicates = self._conflicts, self._duplicates
        for bucket in self._buckets:
            seen, new, new_conflicts, new_duplicates = bucket.settle()
            again += seen
            distinct += new
            conflicts += new_conflicts
            duplicates += new_duplicates
        repeats = conflicts + duplicates
        confirmed = self._known and self._agrees and not repeats
        self._known = True
        self._earlier = (self._rows, self._chain) if not repeats else (-1, -1)
        return Seen(
            distinct=again + distinct,
            certain=again + max(0, distinct - self._young),
            conflicts=conflicts,
            duplicates=duplicates,
            confirmed=confirmed,
        )
