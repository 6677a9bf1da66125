"""Is the order by key heeded? A window is held against the one before, and against the other end.

Rows come and go between any two responses, so that none has to be as another one says. A few rows
that contradict are edits. Where it is many, the server does not sort the table: each page is cut in
another order, and may be sorted by itself, so that it looks as if it were in the order by key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.key_order import KeyOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_analytics.completeness.reading import Response, Row


class WindowOrder:
    """What the windows so far show of the order by key."""

    def __init__(self, overlap: int) -> None:
        """Nothing has come; windows share so many rows."""
        self._overlap = overlap
        self._keys = KeyOrder()
        self._last: Sequence[object] = ()
        """The last key of the last window that counted."""

    def is_shown(self, keys: Sequence[object], *, descending: bool = False) -> bool:
        """Whether so many keys come in their order, or the opposite one, that this is no chance."""
        in_order = self._keys.descend if descending else self._keys.ascend
        return len(keys) > self._overlap and in_order(keys)

    def problem(
        self, window: Response, size: int, *, known: Callable[[Row], bool], at_start: bool
    ) -> str | None:
        """Why a window is not in the order by key; None where nothing speaks against it.

        It has to go on behind the window before, but for some rows that were inserted.

        Args:
            window: The window, asked for in ascending order.
            size: The most rows of a window.
            known: Whether a row came before, in the last window or in the opposite order.
            at_start: Whether it begins at the start of the table.
        """
        if not self._keys.ascend(window.keys):
            return "keys do not ascend: the order by key is not heeded"
        new = [key for row, key in zip(window.rows, window.keys, strict=True) if not known(row)]
        inserted = min(len(window.rows) // 2, size // 4 + 1)
        if not (at_start or self._keys.follow(new, self._last, but=inserted)):
            return "keys do not ascend from one page to the next: each is sorted by itself"
        return None

    def goes_on(self, window: Response, covered: Mapping[int, tuple[int, int]]) -> bool:
        """Whether a window begins in the second half of the one before, and reaches behind it.

        Args:
            window: The window.
            covered: The place of each row of the one before, by key.
        """
        shared = [covered[row.key][0] for row in window.rows if row.key in covered]
        begins_behind = not shared or 2 * shared[0] >= len(covered)
        return begins_behind and self._keys.is_behind(window.keys[-1:], self._last)

    def take(self, window: Response) -> None:
        """A window counts."""
        self._last = window.keys[-1:]
