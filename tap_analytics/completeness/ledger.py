"""Which keys were read, and with what contents, in some 20 bytes a row.

A dict of Python integers would take over 100. Keys are 64-bit hashes in 256 buckets. Rows that no
earlier pass can have read are kept as they come, and go to their buckets many at a time: page by
page each of them would find the buckets gone from the processor's cache. Where another pass begins
each bucket is sorted, so that the pass finds a key by bisection and marks it.

Passes are divided into stretches (see `stretches.py`). Of each key a byte says from which of them
on it was known to be there, and in which it was read last: its span. The hash of the contents gives
way to it, and keeps 56 bits.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.completeness.ledger_bucket import (
    CONTENTS,
    FIRST,
    PIECE,
    THIS_PASS,
    Bucket,
    differ,
    kept,
    renewed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BUCKETS = 256
"""So many that the lowest byte of a key is the number of its bucket."""

BATCH = 8_192
"""How many rows go to their buckets at a time."""

LAST_STRETCH = 15
"""Two numbers up to this one fit into a byte. 0 stands for what is not known."""

_MASK = BUCKETS - 1
_LOWEST = 0 if sys.byteorder == "little" else 7
"""Which byte of a key is its lowest one."""

_PASS_BEFORE = 2
_TWO_BEFORE = 4
_ALL = THIS_PASS | _PASS_BEFORE | _TWO_BEFORE
_NEXT_PASS = bytes(mark << 1 & _ALL for mark in range(256))
"""What the marks of a pass are to the next one."""

_FOUND = [mark for mark in range(_ALL + 1) if mark & THIS_PASS]
_VANISHED = [mark for mark in range(_ALL + 1) if mark & _PASS_BEFORE and not mark & THIS_PASS]


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
    unconfirmed: int = 0
    """Keys that the pass before that read, and neither of the two since."""


class _Batch:
    """Rows as they came, on their way to the buckets: first their keys, then all else of them."""

    __slots__ = ("buckets", "contents", "keys", "spans")

    def __init__(self) -> None:
        self.keys = array("q")
        self.contents = array("q")
        self.spans = bytearray()
        self.buckets = b""
        """The bucket of each row, once the keys are there."""

    def place_keys(self, buckets: defaultdict[int, Bucket]) -> None:
        """Let each key go to its bucket."""
        self.buckets = memoryview(self.keys).cast("B")[_LOWEST :: self.keys.itemsize].tobytes()
        append = {number: buckets[number].open_keys().append for number in {*self.buckets}}
        for number, key in zip(self.buckets, self.keys, strict=True):
            append[number](key)
        self.keys = array("q")
        if len({*self.spans}) == 1:
            # The same for all, as it mostly is, need not be there for each.
            del self.spans[1:]

    def place_contents(self, buckets: defaultdict[int, Bucket]) -> None:
        """Let what is kept of each row follow its key."""
        append = {number: buckets[number].open_contents().append for number in {*self.buckets}}
        spans = self.spans * len(self.buckets) if len(self.spans) == 1 else self.spans
        for number, contents, span in zip(self.buckets, self.contents, spans, strict=True):
            append[number](kept(contents, span))


def _numbered(stretch: int) -> int:
    return stretch if stretch <= LAST_STRETCH else 0


def _span(first: int, last: int) -> int:
    return first << 4 | last


class SeenKeys:
    """The keys of one stream over its passes."""

    def __init__(self) -> None:
        """Start empty."""
        self._buckets: defaultdict[int, Bucket] = defaultdict(Bucket)
        self._known = False
        """Whether a key can be known already: then the buckets are sorted."""
        self._unsorted = False
        """Whether the last pass is counted, but not yet taken among what is known."""
        self._arrived: list[_Batch] = []
        """The rows that have come."""
        self._placed: list[_Batch] = []
        """Those whose keys are in their buckets already."""
        self._stretches = -1
        self.stretch = self._start = 0
        """The stretch that is read, and the one that stands for the beginning of the pass."""
        self.begin()

    def begin(self) -> None:
        """A pass starts: what is known counts as not yet seen."""
        self._sort_last_pass()
        self._place()
        self.uncertain = self._conflicts = self._duplicates = 0
        for bucket in self._buckets.values():
            bucket.marks = bucket.marks.translate(_NEXT_PASS)
            # What came before the pass is known, but neither of it nor of the pass before.
            bucket.settle(mark=0)
        self.next_stretch()
        self._start = self.stretch

    def next_stretch(self) -> None:
        """What comes from now on comes in another stretch."""
        self._stretches += 1
        self.stretch = _numbered(self._stretches)

    def spans(self) -> Counter[tuple[int, int]]:
        """How many keys were there from one stretch on, and were read last in another one.

        A pass must have ended.
        """
        self._sort_last_pass()
        counts: Counter[int] = Counter()
        for bucket in self._buckets.values():
            for piece in bucket.contents:
                counts.update(value >> 56 for value in piece)
        return Counter({divmod(span, 16): count for span, count in counts.items()})

    def _sort_last_pass(self) -> None:
        """Take the last pass among what is known: only now is it looked up in."""
        if self._unsorted:
            self._unsorted, self._known = False, bool(self._buckets)
            self._place()
            for bucket in self._buckets.values():
                bucket.settle()

    def add_before(self, key: int, contents: int) -> bool:
        """Note a row that is there before the next pass begins.

        Met again in the pass it is certain; not met, it counts as nothing.

        Args:
            key: A signed 64-bit hash of its key.
            contents: A signed 64-bit hash of its contents.

        Returns:
            Whether it is new, or differs from what an earlier pass read.
        """
        self._sort_last_pass()
        number, place = self._buckets[key & _MASK].find(key) if self._known else (0, None)
        if place is None:
            beginning = _numbered(self._stretches + 1)
            self._note((key,), (contents,), bytes([_span(beginning, beginning)]))
            self._known = True
            return True
        piece = self._buckets[key & _MASK].contents[number]
        before = piece[place]
        piece[place] = renewed(before, contents, before)
        return differ(before, contents)

    def add(
        self, keys: Sequence[int], contents: Sequence[int], certain: Sequence[bool]
    ) -> list[bool]:
        """Note the rows of a page.

        Args:
            keys: For each row a signed 64-bit hash of its key.
            contents: For each row a signed 64-bit hash of its contents.
            certain: For each row whether it was certainly there before the pass began.

        Returns:
            For each row whether it is new, or differs from what an earlier pass read.
        """
        if not self._known:
            sure, unsure = _span(self._start, self.stretch), _span(self.stretch, self.stretch)
            uncertain = len(keys) - sum(certain)
            spans = bytes([sure if each else unsure for each in certain]) if uncertain else None
            self._note(keys, contents, spans or bytes([sure]) * len(keys))
            self.uncertain += uncertain
            return [True] * len(keys)
        return list(map(self._add_beside_known, keys, contents, certain))

    def _add_beside_known(self, key: int, contents: int, certain: bool) -> bool:  # noqa: FBT001  # for map
        bucket = self._buckets[key & _MASK]
        number, place = bucket.find(key)
        if place is not None:
            return self._again(bucket, number, place, contents)
        first = self._start if certain else self.stretch
        self._note((key,), (contents,), bytes([_span(first, self.stretch)]))
        self.uncertain += not certain
        return True

    def _note(self, keys: Sequence[int], contents: Sequence[int], spans: bytes) -> None:
        """Keep rows that are not known, as they come."""
        if not self._arrived or len(self._arrived[-1].keys) >= BATCH:
            self._arrived.append(_Batch())
        batch = self._arrived[-1]
        batch.keys.extend(array("q", keys))
        batch.contents.extend(array("q", contents))
        batch.spans.extend(spans)

    def _place_keys(self) -> None:
        """Let the keys that have come go to their buckets."""
        for batch in self._arrived:
            batch.place_keys(self._buckets)
        self._placed += self._arrived
        self._arrived.clear()

    def _place(self) -> None:
        """Let all that has come go to its buckets."""
        self._place_keys()
        self._placed.reverse()
        while self._placed:
            self._placed.pop().place_contents(self._buckets)

    def _again(self, bucket: Bucket, number: int, place: int, contents: int) -> bool:
        """A key that an earlier pass read already: the row was there before this pass began."""
        piece, mark = bucket.contents[number], number * PIECE + place
        before = piece[place]
        # As `differ` and `renewed` do it, without the two calls: every row comes here.
        differs = bool((before ^ contents) & CONTENTS)
        if bucket.marks[mark] & THIS_PASS:
            self._conflicts += differs
            self._duplicates += not differs
        bucket.marks[mark] |= THIS_PASS
        piece[place] = before & FIRST | contents & CONTENTS | self.stretch << 56
        return differs

    def vanished_among(self, keys: Iterable[int], most: int) -> list[int]:
        """The first of these keys that the pass before read and this one did not.

        Args:
            keys: Hashes of keys.
            most: How many are wanted.
        """
        return list(islice(filter(self._vanished, keys), most)) if self._known else []

    def _vanished(self, key: int) -> bool:
        bucket = self._buckets[key & _MASK]
        number, place = bucket.find(key)
        return place is not None and bucket.marks[number * PIECE + place] in _VANISHED

    def end(self) -> PassCounts:
        """Count the pass, and keep its keys for the next."""
        again = vanished = unconfirmed = distinct = 0
        conflicts, duplicates = self._conflicts, self._duplicates
        self._place_keys()
        for bucket in self._buckets.values():
            again += sum(map(bucket.marks.count, _FOUND))
            vanished += sum(map(bucket.marks.count, _VANISHED))
            unconfirmed += bucket.marks.count(_TWO_BEFORE)
            new = None if self._known else bucket.distinct()
            if new is None:
                self._place()
                new, new_conflicts, new_duplicates = bucket.settle()
                conflicts += new_conflicts
                duplicates += new_duplicates
            distinct += new
        self._unsorted = True
        return PassCounts(
            distinct=again + distinct,
            # An uncertain record read twice is taken off twice: too few is the safe side.
            certain=again + max(0, distinct - self.uncertain),
            conflicts=conflicts,
            duplicates=duplicates,
            vanished=vanished,
            unconfirmed=unconfirmed,
        )
