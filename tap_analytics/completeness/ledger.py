"""Which keys were read, and with what contents, in some 20 bytes a row.

A dict of Python integers would take over 100. Keys are 64-bit hashes in 256 buckets. Where another
pass begins each bucket is sorted, so that the pass finds a key by bisection and marks it. Buckets
grow by pieces: arrays that grow side by side leave a third of their memory in holes.

Passes are divided into stretches (see `stretches.py`). Of each key a byte says from which of them
on it was known to be there, and in which it was read last: its span. The hash of the contents gives
way to it, and keeps 56 bits.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import chain, islice
from operator import or_
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Literal

    Append = Callable[[int], None]

BUCKETS = 256
PIECE = 512
"""The most rows in a sorted piece."""

LAST_STRETCH = 15
"""Two numbers up to this one fit into a byte. 0 stands for what is not known."""

_CONTENTS = 2**56 - 1
_FIRST, _LAST = 15 << 60, 15 << 56
"""The bits of the first and of the last stretch, beside the contents."""

_MASK = BUCKETS - 1
_LEAST = -(2**63)
_THIS_PASS = 1
_PASS_BEFORE = 2
_TWO_BEFORE = 4
_ALL = _THIS_PASS | _PASS_BEFORE | _TWO_BEFORE
_NEXT_PASS = bytes(mark << 1 & _ALL for mark in range(256))
"""What the marks of a pass are to the next one."""

_FOUND = [mark for mark in range(_ALL + 1) if mark & _THIS_PASS]
_VANISHED = [mark for mark in range(_ALL + 1) if mark & _PASS_BEFORE and not mark & _THIS_PASS]


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


class _Bucket:
    """Keys known from earlier passes, sorted, and those that this pass found."""

    __slots__ = ("contents", "firsts", "fresh_contents", "fresh_keys", "keys", "marks")

    def __init__(self) -> None:
        self.keys = [array("q")]
        self.contents = [array("Q")]
        self.firsts = array("q", [_LEAST])
        """Of each piece its first key; of the first piece one that none lies before."""
        self.marks = bytearray()
        self.forget_fresh()

    def forget_fresh(self) -> None:
        self.fresh_keys: list[array[int]] = []
        self.fresh_contents: list[array[int]] = []

    def open_piece(self) -> tuple[Append, Append]:
        """What appends a fresh key, and its contents, to a new piece."""
        self.fresh_keys.append(array("q"))
        self.fresh_contents.append(array("Q"))
        return self.fresh_keys[-1].append, self.fresh_contents[-1].append

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
            if before is None:
                fresh[key] = contents
                continue
            differs = _differ(before, contents)
            duplicates += not differs
            conflicts += differs
            fresh[key] = _renewed(before, contents, contents)
        if fresh:
            known = zip(chain(*self.keys), chain(*self.contents), self.marks, strict=True)
            new = ((key, contents, mark) for key, contents in fresh.items())
            merged = sorted(chain(known, new))
            # Let go first: the new pieces fit where the old ones were.
            self.forget_fresh()
            self.keys.clear()
            self.contents.clear()
            self.keys = _pieces("q", [key for key, _, _ in merged])
            self.firsts = array("q", [_LEAST, *(piece[0] for piece in self.keys[1:])])
            self.contents = _pieces("Q", [contents for _, contents, _ in merged])
            self.marks = bytearray(merged_mark for _, _, merged_mark in merged)
        return len(fresh), conflicts, duplicates


def _pieces(code: Literal["q", "Q"], values: list[int]) -> list[array[int]]:
    return [array(code, values[start : start + PIECE]) for start in range(0, len(values), PIECE)]


def _numbered(stretch: int) -> int:
    return stretch if stretch <= LAST_STRETCH else 0


def _span(first: int, last: int) -> int:
    """The bits of a span, beside the contents."""
    return first << 60 | last << 56


def _differ(before: int, contents: int) -> bool:
    """Whether contents differ, whatever their spans are."""
    return bool((before ^ contents) & _CONTENTS)


def _renewed(before: int, contents: int, span: int) -> int:
    """What is kept of a row that comes again: its first stretch, and now other contents."""
    return before & _FIRST | contents & _CONTENTS | span & _LAST


class _OpenPieces(dict[int, tuple["Append", "Append"]]):
    """What appends to the open piece of each bucket; a short pass opens few of them."""

    def __init__(self, buckets: defaultdict[int, _Bucket]) -> None:
        super().__init__()
        self._buckets = buckets

    def __missing__(self, number: int) -> tuple[Append, Append]:
        opened = self[number] = self._buckets[number].open_piece()
        return opened


class SeenKeys:
    """The keys of one stream over its passes."""

    def __init__(self) -> None:
        """Start empty."""
        self._buckets: defaultdict[int, _Bucket] = defaultdict(_Bucket)
        self._known = False
        """Whether a key can be known already: then the buckets are sorted."""
        self._unsorted = False
        """Whether the last pass is counted, but not yet taken among what is known."""
        self._open = _OpenPieces(self._buckets)
        self._room = 0
        """How many rows are appended before new pieces are opened."""
        self._stretches = -1
        self.stretch = self._start = 0
        """The stretch that is read, and the one that stands for the beginning of the pass."""
        self.begin()

    def begin(self) -> None:
        """A pass starts: what is known counts as not yet seen."""
        self._sort_last_pass()
        self.uncertain = self._conflicts = self._duplicates = 0
        for bucket in self._buckets.values():
            bucket.marks = bucket.marks.translate(_NEXT_PASS)
            # What came before the pass is known, but neither of it nor of the pass before.
            bucket.settle(mark=0)
        self._close_pieces()
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
            self._append((key,), (contents & _CONTENTS | _span(beginning, beginning),))
            self._known = True
            return True
        piece = self._buckets[key & _MASK].contents[number]
        before = piece[place]
        piece[place] = _renewed(before, contents, before)
        return _differ(before, contents)

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
            spans = [sure if each else unsure for each in certain]
            kept = map(or_, map(_CONTENTS.__and__, contents), spans)
            self._append(keys, kept)
            self.uncertain += len(keys) - sum(certain)
            return [True] * len(keys)
        return list(map(self._add_beside_known, keys, contents, certain))

    def _add_beside_known(self, key: int, contents: int, certain: bool) -> bool:  # noqa: FBT001  # for map
        bucket = self._buckets[key & _MASK]
        number, place = bucket.find(key)
        if place is not None:
            return self._again(bucket, number, place, contents)
        first = self._start if certain else self.stretch
        self._append((key,), (contents & _CONTENTS | _span(first, self.stretch),))
        self.uncertain += not certain
        return True

    def _append(self, keys: Sequence[int], contents: Iterable[int]) -> None:
        """Note rows that are not known; with their contents come their spans."""
        if self._room <= 0:
            self._open = _OpenPieces(self._buckets)
            self._room = BUCKETS * PIECE // 2
        self._room -= len(keys)
        opened = self._open
        for key, row_contents in zip(keys, contents, strict=True):
            append_key, append_contents = opened[key & _MASK]
            append_key(key)
            append_contents(row_contents)

    def _close_pieces(self) -> None:
        """Let go of the open pieces, which are held by what appends to them."""
        self._open.clear()
        self._room = 0

    def _again(self, bucket: _Bucket, number: int, place: int, contents: int) -> bool:
        """A key that an earlier pass read already: the row was there before this pass began."""
        piece, mark = bucket.contents[number], number * PIECE + place
        before = piece[place]
        # As `_differ` and `_renewed` do it, without the two calls: every row comes here.
        differs = bool((before ^ contents) & _CONTENTS)
        if bucket.marks[mark] & _THIS_PASS:
            self._conflicts += differs
            self._duplicates += not differs
        bucket.marks[mark] |= _THIS_PASS
        piece[place] = before & _FIRST | contents & _CONTENTS | self.stretch << 56
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
        for bucket in self._buckets.values():
            again += sum(map(bucket.marks.count, _FOUND))
            vanished += sum(map(bucket.marks.count, _VANISHED))
            unconfirmed += bucket.marks.count(_TWO_BEFORE)
            new = None if self._known else bucket.distinct()
            if new is None:
                new, new_conflicts, new_duplicates = bucket.settle()
                conflicts += new_conflicts
                duplicates += new_duplicates
            distinct += new
        self._unsorted = True
        self._close_pieces()
        return PassCounts(
            distinct=again + distinct,
            # An uncertain record read twice is taken off twice: too few is the safe side.
            certain=again + max(0, distinct - self.uncertain),
            conflicts=conflicts,
            duplicates=duplicates,
            vanished=vanished,
            unconfirmed=unconfirmed,
        )
