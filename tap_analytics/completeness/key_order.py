"""Do keys come in the order of the keys? Numbers, and text by several collations.

A server sorts text by a collation that it does not name. A few ways to sort cover what databases
do; those that a response contradicts are dropped. While one is left, the keys ascend in the
server's own order as far as can be seen. An order that none of them explains is not believed.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _as_number(key: object) -> Any:  # noqa: ANN401  # whatever can be compared
    if isinstance(key, str):
        return int(key)
    if isinstance(key, (int, float, Decimal)) and not isinstance(key, bool):
        return key
    raise TypeError


def _by_code_points(key: object) -> str:
    if isinstance(key, str):
        return key
    raise TypeError


def _without_case(key: object) -> str:
    return _by_code_points(key).casefold()


def _letters_and_digits(key: object) -> str:
    return "".join(filter(str.isalnum, _without_case(key)))


_SORTS: tuple[Callable[[object], Any], ...] = (
    _as_number,
    _by_code_points,
    _without_case,
    _letters_and_digits,
)


class KeyOrder:
    """The ways to sort that explain every response so far."""

    def __init__(self) -> None:
        """All of them, before the first response."""
        self._sorts = _SORTS

    def ascend(self, keys: Sequence[object]) -> bool:
        """Whether these keys, distinct ones, ascend; remembers by which ways."""
        self._sorts = tuple(
            sort for sort in self._sorts if _ascend(_values(sort, keys), strictly=False)
        )
        return bool(self._sorts)

    def reverse(self, first: Sequence[object], last: Sequence[object]) -> bool:
        """Whether the first page in the opposite order shows that the server orders by key.

        Its keys must descend from one that is greater than those of the first page, and where the
        two meet, in a short table, none may be missing between.

        Args:
            first: The keys of the first page.
            last: Those of the first page in the opposite order.
        """
        self._sorts = tuple(sort for sort in self._sorts if _opposite(sort, first, last))
        return bool(self._sorts)


def _opposite(
    sort: Callable[[object], Any], first: Sequence[object], last: Sequence[object]
) -> bool:
    ascending, descending = _values(sort, first), _values(sort, last)
    if not ascending or not descending:
        return False
    known = set(last)
    return (
        _ascend(descending[::-1], strictly=True)
        and descending[0] > ascending[-1]
        and all(
            key in known
            for key, value in zip(first, ascending, strict=True)
            if value > descending[-1]
        )
    )


def _ascend(values: Sequence[Any] | None, *, strictly: bool) -> bool:
    if values is None:
        return False
    if strictly:
        return all(one < next_one for one, next_one in pairwise(values))
    return all(one <= next_one for one, next_one in pairwise(values))


def _values(sort: Callable[[object], Any], keys: Sequence[object]) -> list[Any] | None:
    """What to compare; None where this way to sort does not fit the keys."""
    try:
        return [sort(key) for key in keys]
    except (TypeError, ValueError):
        return None
