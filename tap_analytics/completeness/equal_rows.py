"""Rows without a key, which may be equal: each of a page counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def numbered(rows: Sequence[int]) -> list[int]:
    """Hashes of which equal ones get different numbers: without a key, rows may be equal.

    Those of one page are so many rows. Of two pages nobody knows: one may have moved.

    Args:
        rows: Of each row of a page a hash of its contents.
    """
    seen: Counter[int] = Counter()
    different = []
    for row in rows:
        seen[row] += 1
        different.append(row if seen[row] == 1 else hash((row, seen[row])))
    return different
